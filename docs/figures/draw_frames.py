"""Draws the pictures of docs/frames.md into this folder: python docs/figures/draw_frames.py (same bytes each run)."""

import numpy as np
from sketch import (
    BEAM,
    FEMUR,
    GREY,
    HELP,
    INK,
    PALE,
    X,
    Y,
    Z,
    arc,
    arrow,
    blob,
    box,
    by,
    cross_section,
    dot,
    frame,
    into_page,
    line,
    lying_patient,
    measure,
    out_of_page,
    person,
    save,
    say,
    shape,
    sheet,
    shown_person,
    source,
    turn,
)


def patient_frames():
    figure, (lps, ras) = sheet(9, 4.9, ["LPS: everywhere in BoneDensity", "RAS: Slicer's scene only"])
    for panel in (lps, ras):
        frame(panel, -3.6, 3.6, -2.9, 2.4)
        person(panel, 0, 0)
        say(panel, -1.55, -2.3, "patient's\nright", GREY, 11)
        say(panel, 1.55, -2.3, "patient's\nleft", GREY, 11)
        arrow(panel, (0, 0), (0, 1.25), Z)
        say(panel, 0.5, 2.1, "+z  Superior (head)", Z, ha="left")
    arrow(lps, (0, 0), (1.9, 0), X)
    into_page(lps, 0, 0, Y)
    say(lps, 1.45, 0.35, "+x  Left", X, ha="left")
    say(lps, -1.2, 0, "+y  Posterior\n(into the page)", Y, ha="right")
    arrow(ras, (0, 0), (-1.9, 0), X)
    out_of_page(ras, 0, 0, Y)
    say(ras, -1.45, 0.35, "+x  Right", X, ha="right")
    say(ras, 1.2, 0, "+y  Anterior\n(out of the page)", Y, ha="left")
    save(figure, "patient_frames")


def index_to_patient():
    figure, (panel,) = sheet(9, 4.3, [""])
    frame(panel, -1.2, 12.6, -0.6, 6.0)
    step_i, step_j, corner = np.array([0.96, 0.2]), np.array([0.2, -0.96]), np.array([2.2, 4.3])
    for j in range(5):
        for i in range(6):
            middle = corner + i * step_i + j * step_j
            corners = [middle + a * step_i / 2 + b * step_j / 2 for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            shape(panel, corners, face="white" if (i, j) != (3, 2) else "#cfe3f1")
            dot(panel, *middle, GREY, 0.05)
    arrow(panel, corner, corner + 2.2 * step_i, X)
    arrow(panel, corner, corner + 2.2 * step_j, Y)
    into_page(panel, *corner, Z)
    say(panel, *by(corner + 2.35 * step_i, 0.02, 0.22), "i", X, 15, fontweight="bold")
    say(panel, *by(corner + 2.3 * step_j, 0.25, 0.05), "j", Y, 15, fontweight="bold")
    say(panel, corner[0] - 0.85, corner[1] + 0.05, "k", Z, 15, fontweight="bold")
    say(panel, corner[0] - 0.3, 5.35, "voxel centre (0, 0, 0)\n= origin", GREY, 11)
    line(panel, by(corner, -0.12, 0.66), by(corner, -0.04, 0.25), color=GREY, width=1)
    arrow(panel, (0.2, 0.2), (1.4, 0.2), INK, 1.8)
    arrow(panel, (0.2, 0.2), (0.2, 1.4), INK, 1.8)
    say(panel, 1.62, 0.2, "x")
    say(panel, 0.2, 1.65, "z")
    say(panel, 0.1, -0.25, "LPS, mm", GREY, 11)
    left = 8.7
    say(panel, left, 4.9, "array[k, j, i]", ha="left", size=14, family="DejaVu Sans Mono")
    say(panel, left, 4.35, "slices, rows, columns", GREY, ha="left")
    say(panel, left, 3.2, r"$p_{\mathrm{LPS}} = M\,(i, j, k, 1)^{T}$", ha="left", size=15)
    say(panel, left, 2.3, "M = index_to_patient, 4×4;\nto voxel centres, mm", GREY, ha="left")
    say(
        panel,
        left,
        1.0,
        "columns of M: direction × spacing;\nany rotation, spacing and flip,\nno shear",
        GREY,
        ha="left",
    )
    save(figure, "index_to_patient")


def camera_frame():
    figure, (panel,) = sheet(10, 5.6, [""])
    frame(panel, -2.4, 13.2, -4.0, 3.4)
    skew, point = np.array([-0.75, -0.5]), np.array([10.0, 0.0])  # x and u come towards us out of the page
    corners = [point + np.array([0, v]) + u * skew for u, v in ((-1.7, 1.9), (1.7, 1.9), (1.7, -1.9), (-1.7, -1.9))]
    shape(panel, corners, face="#f4f6f7", edge=INK)
    for corner in corners:
        line(panel, (0, 0), corner, color=BEAM, width=1.1, zorder=1)
    line(panel, (0, 0), point, color=GREY, dash="--", width=1.3)
    blob(panel, 5.6, 0, 1.5, 1.15, zorder=3)
    say(panel, 5.6, -1.0, "patient\n(world, LPS)", GREY, 11)
    arrow(panel, (0, 0), (2.1, 0), Z)
    arrow(panel, (0, 0), (0, -1.7), Y)
    arrow(panel, (0, 0), 1.7 * skew, X)
    source(panel, 0, 0)
    say(panel, -0.1, 0.42, "source", ha="center")
    say(panel, -1.3, -1.15, "x (along u)", X)
    say(panel, 0.0, -1.98, "y (along v)", Y)
    say(panel, 1.75, 0.75, "z (depth)", Z)
    dot(panel, *point, HELP, 0.12)
    say(panel, point[0] + 1.5, point[1] - 0.15, "principal point\n(u₀, v₀)", HELP, 11, ha="left")
    line(panel, by(point, 0.12, 0), by(point, 1.4, -0.08), color=HELP, width=1)
    first = corners[0]
    arrow(panel, first, first + 1.5 * skew, X, 2.2)
    arrow(panel, first, by(first, 0, -1.4), Y, 2.2)
    dot(panel, *first, INK, 0.1)
    say(panel, *by(first + 1.25 * skew, 0.25, -0.3), "u", X, 15, fontweight="bold")
    say(panel, *by(first, 0.3, -1.25), "v", Y, 15, fontweight="bold")
    say(panel, first[0] + 0.2, first[1] + 0.2, "pixel (0, 0)", ha="left", size=11)
    say(panel, 11.6, -2.1, "detector:\nrows × columns", ha="center", size=12)
    line(panel, (0, -2.25), (0, -3.7), color=PALE)
    line(panel, (10, -2.4), (10, -3.7), color=PALE)
    measure(panel, (0, -3.5), (10, -3.5))
    say(panel, 4.6, -3.15, "sdd_mm: source-to-detector distance", GREY)
    save(figure, "camera_frame")


def pixel_centres():
    figure, (grid, formulas) = sheet(9, 4.0, ["", ""])
    frame(grid, -1.3, 4.2, -3.8, 1.2)
    frame(formulas, -0.4, 5.6, -3.8, 1.2)
    for v in range(3):
        for u in range(4):
            box(grid, u - 0.5, -v - 0.5, 1, 1, face="white", radius=0.01)
            dot(grid, u, -v, GREY, 0.06)
            say(grid, u, -v + 0.25, f"{u}, {v}", GREY, 11)
    arrow(grid, (-0.5, 0.75), (3.6, 0.75), X)
    arrow(grid, (-0.75, 0.5), (-0.75, -2.6), Y)
    say(grid, 3.85, 0.75, "u", X, 15, fontweight="bold")
    say(grid, -0.75, -2.85, "v", Y, 15, fontweight="bold")
    say(grid, 1.75, -3.3, "array[v, u]: the first pixel's centre is (0, 0),\nits outer corner (−0.5, −0.5)", INK, 11)
    u_formula = r"$u = u_0 + \dfrac{\mathrm{sdd}}{s_{\mathrm{column}}}\;\dfrac{x}{z}$"
    v_formula = r"$v = v_0 + \dfrac{\mathrm{sdd}}{s_{\mathrm{row}}}\;\dfrac{y}{z}$"
    say(formulas, 0.2, 0.6, u_formula, ha="left", size=16)
    say(formulas, 0.2, -0.65, v_formula, ha="left", size=16)
    say(formulas, 0.2, -1.8, "x, y, z: camera frame, mm\ns: pixel spacing on the detector, mm", GREY, ha="left")
    say(formulas, 0.2, -3.0, "projection_matrix 3×4\n= intrinsics · camera_from_world[:3]", ha="left", size=12)
    save(figure, "pixel_centres")


def views():
    figure, panels = sheet(10, 6.6, ["AP: source in front", "PA: source behind"])
    for panel, up in zip(panels, (1, -1), strict=True):
        frame(panel, -4.2, 4.2, -8.1, 3.9)
        cross_section(panel, 0, 0)
        say(panel, -2.0, 0, "R", GREY, 14)
        say(panel, 2.0, 0, "L", GREY, 14)
        say(panel, -3.4, 1.25, "front\n(anterior)", GREY, 10.5)
        say(panel, -3.4, -1.25, "back\n(posterior)", GREY, 10.5)
        source(panel, 0, 2.9 * up)
        box(panel, -2.4, -2.35 * up - 0.11, 4.8, 0.22, face="#c9cfd4", edge=INK, radius=0.02)
        for edge in (-2.4, 2.4):
            line(panel, (0, 2.9 * up), (edge, -2.3 * up), color=BEAM, width=1.2, zorder=1)
        arrow(panel, (0, 2.7 * up), (0, 1.2 * up), BEAM, 2)
        say(panel, 0.35, 2.95 * up, "source", ha="left", size=11)
        say(panel, 2.65, -2.35 * up, "detector", ha="left", size=11)
        say(panel, -4.1, 3.55, "seen from the feet", GREY, 10.5, ha="left")
        line(panel, (-4.1, -3.4), (4.1, -3.4), color=PALE)
    shown_person(panels[0], 0, mirrored=False, label="array and display:\nas seen from the source")
    shown_person(panels[1], -2.0, mirrored=True, label="array:\nas seen from the source")
    shown_person(panels[1], 2.0, mirrored=False, label="usual display:\nmirrored")
    turn(panels[1], (-0.7, -4.55), (0.7, -4.55), -0.35, HELP)
    save(figure, "views_ap_pa")


def c_arm_angles():
    titles = ["primary_deg > 0, seen from the feet", "secondary_deg > 0, seen from the left"]
    figure, (primary, secondary) = sheet(10, 5.2, titles)
    cross_section(primary, 0, 0, 0.85)
    lying_patient(secondary)
    say(primary, -1.75, 0, "R", GREY, 14)
    say(primary, 1.75, 0, "L", GREY, 14)
    say(primary, 1.75, 2.05, "+  to the left", X, ha="left")
    say(secondary, 1.75, 2.05, "+  to the head", X, ha="left")
    ray = np.array([np.cos(np.radians(58)), np.sin(np.radians(58))])
    across = np.array([-ray[1], ray[0]])
    for panel in (primary, secondary):
        frame(panel, -4.4, 4.8, -3.6, 3.4)
        line(panel, (0, 0), (0, 3.3), color=GREY, dash="--", width=1.2)
        line(panel, 3.2 * ray, -2.6 * ray, color=BEAM, width=1.4, zorder=1)
        line(panel, -2.6 * ray - 1.2 * across, -2.6 * ray + 1.2 * across, color=INK, width=5, solid_capstyle="butt")
        source(panel, *(3.2 * ray))
        arc(panel, (0, 0), 2.5, 64, 90, X)
        arrow(panel, 2.5 * np.array([np.cos(1.13), np.sin(1.13)]), 2.5 * ray, X)
        say(panel, *by(3.2 * ray, 0.3, 0.1), "source (AP)", ha="left", size=11)
        say(panel, -2.2, -3.1, "detector (AP)", size=11)
        say(panel, -1.6, 3.0, "front", GREY, 11)
        say(panel, 1.6, -3.1, "back", GREY, 11)
        dot(panel, 0, 0, HELP, 0.12)
        say(panel, 0.75, -1.6, "isocentre", HELP, 11, ha="left")
        line(panel, (0.72, -1.45), (0.06, -0.12), color=HELP, width=1)
    save(figure, "c_arm_angles")


def pose():
    figure, (panel,) = sheet(10, 4.6, [""])
    frame(panel, -0.6, 14.2, -0.3, 5.9)
    centre, shift, angle = np.array([2.0, 1.9]), np.array([4.9, 1.6]), np.radians(24)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    outline = np.array([(-1.5, -1.1), (1.5, -1.1), (1.5, 1.1), (-1.5, 1.1)])
    bone = 0.5 * np.array(FEMUR) + [0.1, 0.3]
    for middle, turned, face in ((centre, np.eye(2), "#eeeeee"), (centre + shift, rotation, "#cfe3f1")):
        shape(panel, middle + outline @ turned.T, face=face, edge=INK)
        shape(panel, middle + bone @ turned.T, face="white", zorder=3)
        dot(panel, *middle, HELP, 0.12)
    shape(panel, centre + outline @ rotation.T, face="none", edge=Z, ls="--")
    arrow(panel, centre, centre + 0.975 * shift, X)
    say(panel, *by(centre, -0.35, -0.25), "c", HELP, 15, fontweight="bold")
    say(panel, *by(centre + shift, 1.7, -1.5), "c + t", HELP, 15, fontweight="bold")
    line(panel, by(centre + shift, 0.05, -0.05), by(centre + shift, 1.35, -1.3), color=HELP, width=1)
    say(panel, *by(centre + 0.52 * shift, -0.1, 0.4), "t", X, 16, fontweight="bold")
    arc(panel, centre, 2.1, -30, 0, Z)
    arrow(panel, by(centre, 2.1, -0.05), by(centre, 2.08, 0.28), Z)
    say(panel, *by(centre, 2.45, -0.35), "R", Z, 16, fontweight="bold")
    say(panel, 2.0, 0.0, "CT (LPS, mm)", GREY, 11)
    say(panel, 6.9, 5.6, "world (LPS, mm): the radiograph's patient", GREY, 11)
    say(panel, 9.6, 4.0, r"$p_{\mathrm{world}} = R\,(p_{\mathrm{CT}} - c) + c + t$", ha="left", size=15)
    say(
        panel,
        9.6,
        2.4,
        "c: centre of rotation, on the CT\nR: from a rotation vector, degrees\nt: shift of the centre, mm",
        GREY,
        ha="left",
    )
    say(panel, 9.6, 0.9, "saved as world_from_ct, 4×4", ha="left")
    save(figure, "pose")


def view_increments():
    figure, (panel,) = sheet(9, 4.8, [""])
    frame(panel, -3.4, 9.4, -3.5, 3.3)
    box(panel, -3.0, -3.0, 6.0, 6.0, face="#f4f6f7", edge=INK, radius=0.02)
    shape(panel, FEMUR)
    arrow(panel, (0, 0), (2.3, 0), X, 3)
    arrow(panel, (0, 0), (0, -2.2), Y, 3)
    into_page(panel, 0, 0, Z, 0.26)
    say(panel, 2.6, 0.0, "x", X, 16, fontweight="bold")
    say(panel, 0.0, -2.55, "y", Y, 16, fontweight="bold")
    say(panel, -0.5, 0.0, "z", Z, 16, fontweight="bold")
    turn(panel, (1.75, 0.38), (1.75, -0.38), 0.7, X, width=1.8, head=12)
    turn(panel, (0.38, -1.6), (-0.38, -1.6), -0.7, Y, width=1.8, head=12)
    turn(panel, (-0.1, 0.75), (0.75, 0.1), -0.45, Z, width=1.8, head=12)
    say(panel, -2.85, 2.65, "radiograph, as seen from the source", GREY, 11, ha="left")
    texts = [
        (2.5, "x  right in the image", "mm; turns: degrees about x", X),
        (1.1, "y  down in the image", "mm; turns: degrees about y", Y),
        (-0.3, "z  depth, away from the source", "mm; turns: degrees about z,\nclockwise on the screen", Z),
    ]
    for height, first, second, color in texts:
        say(panel, 3.7, height, first, color, 13, ha="left", fontweight="bold")
        say(panel, 3.7, height - 0.35, second, GREY, 11.5, ha="left", va="top")
    note = "Axes through the bone's centre, where the\nstarting pose puts it; right-hand rule.\n"
    note += "Turns are drawn on the source's side."
    say(panel, 3.7, -2.35, note, INK, 11.5, ha="left")
    save(figure, "view_increments")


def drr_quantities():
    figure, (panel,) = sheet(10, 4.6, [""])
    frame(panel, -0.8, 14.2, -1.6, 5.3)
    rng = np.random.default_rng(7)
    for column in range(9):
        for row in range(7):
            inside = (column - 4) ** 2 / 14 + (row - 3) ** 2 / 7 < 1
            grey = str(round(0.6 + 0.2 * rng.random(), 3)) if inside else "0.92"
            box(panel, 2.2 + 0.42 * column, 0.7 + 0.42 * row, 0.42, 0.42, face=grey, edge="white", radius=0.01)
    start, end = np.array([0.0, 1.0]), np.array([8.1, 3.3])
    line(panel, start, end, color=BEAM, width=2.2, zorder=5)
    source(panel, *start)
    say(panel, 0, 0.55, "source", size=11)
    line(panel, (8.1, 0.4), (8.1, 4.4), color=INK, width=4)
    box(panel, 7.98, 3.12, 0.24, 0.36, face=BEAM, edge=INK, radius=0.01, zorder=7)
    say(panel, 8.1, 0.05, "detector", size=11)
    say(panel, 7.7, 4.75, "pixel (u, v)", size=11)
    say(panel, 4.1, 4.0, "CT", GREY, 12)
    for share in (0.36, 0.43, 0.50, 0.57, 0.64):
        dot(panel, *(start + share * (end - start)), INK, 0.07)
    aside = 0.3 * np.array([end[1] - start[1], start[0] - end[0]]) / np.linalg.norm(end - start)
    a, b = start + 0.50 * (end - start) + aside, start + 0.57 * (end - start) + aside
    measure(panel, a, b, INK)
    say(panel, *by((a + b) / 2, 0.15, -0.33), "ds, mm", INK, 11)
    say(panel, 9.0, 4.9, r"$I(u, v) = \int_{\mathrm{ray}}\; f \; ds$", ha="left", size=17)
    attenuation = r"$f=\mu_{\mathrm{water}}\,(\mathrm{HU}+1000)_{\geq 0}\,/\,1000$,  in 1/mm"
    texts = [
        (3.7, "attenuation", "dimensionless", attenuation, X),
        (2.1, "density", "g/cm²", r"$f=\rho\,/\,10^{4}$,  $\rho$ in mg/cm³ (calibrated CT)", Y),
        (0.5, "hu", "HU·mm", r"$f=(\mathrm{HU}+1000)_{\geq 0}$", Z),
    ]
    for height, name, unit, formula, color in texts:
        say(panel, 9.0, height, name, color, 13, ha="left", fontweight="bold")
        say(panel, 11.6, height, unit, color, 13, ha="left")
        say(panel, 9.0, height - 0.55, formula, GREY, 11.5, ha="left")
    say(panel, 6.7, -1.2, "1 mg/cm³ along 1 mm = 10⁻⁴ g/cm²;   100 mg/cm³ along 50 mm = 0.5 g/cm²", INK, 12)
    save(figure, "drr_quantities")


def magnification():
    figure, (panel,) = sheet(10, 5.0, [""])
    frame(panel, -1.2, 14.4, -3.7, 3.2)
    depth, sdd = 6.0, 9.0
    line(panel, (0, 0), (sdd, 0), color=GREY, dash="--", width=1.2)
    for side in (-1, 1):
        line(panel, (0, 0), (sdd, side * 1.8), color=BEAM, width=1.3, zorder=1)
    line(panel, (depth, -1.2), (depth, 1.2), color=Z, width=5, solid_capstyle="butt")
    line(panel, (sdd, -2.3), (sdd, 2.3), color=INK, width=3)
    line(panel, (sdd + 0.16, -1.8), (sdd + 0.16, 1.8), color=X, width=6, solid_capstyle="butt")
    source(panel, 0, 0)
    say(panel, 0, 0.45, "source", size=11)
    say(panel, depth, 1.65, "bone: width w", Z, 12)
    say(panel, sdd, 2.75, "detector", INK, 12)
    say(panel, sdd + 0.4, -2.0, "image: width M · w", X, 12, ha="left")
    for where in (0, depth, sdd):
        line(panel, (where, -2.45), (where, -3.45), color=PALE, zorder=1)
    measure(panel, (0, -2.65), (depth, -2.65))
    say(panel, depth / 2, -2.33, "depth z of the bone", GREY, 11.5)
    measure(panel, (0, -3.25), (sdd, -3.25))
    say(panel, sdd / 2 - 1.0, -3.55, "sdd_mm", GREY, 11.5)
    say(panel, 10.0, 2.5, r"$M = \dfrac{\mathrm{sdd}}{z}$", ha="left", size=16)
    say(panel, 10.0, 1.3, "spacing on the detector:\nimager, user", X, 12, ha="left")
    say(panel, 10.0, 0.65, "→ projection, registration", GREY, 11.5, ha="left")
    say(panel, 10.0, -0.4, "spacing in the patient:\ncalibrated,\nmagnification-corrected", Z, 12, ha="left")
    say(panel, 10.0, -1.25, "→ lengths at that depth only", GREY, 11.5, ha="left")
    say(panel, 9.4, -3.0, "spacing in the patient\n= spacing on the detector / M", INK, 12, ha="left")
    save(figure, "magnification")


PATIENT = (patient_frames, index_to_patient, views, pose)
CAMERA = (camera_frame, pixel_centres, c_arm_angles, view_increments, drr_quantities, magnification)

if __name__ == "__main__":
    for draw in PATIENT + CAMERA:
        draw()
