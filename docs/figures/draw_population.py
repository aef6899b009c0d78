"""Draws docs/images/population-graph.png from the graph itself: python docs/figures/draw_population.py."""

from pathlib import Path

from sketch import BODY, EDGE, GREY, INK, X, Z, plt, sheet

from bonedensity.virtual.population import COHORTS, population_graph, spine_graph

PICTURE = Path(__file__).parents[1] / "images" / "population-graph.png"

SPINE = {
    "sex": (0.0, 4.2),
    "age": (6.4, 4.2),
    "standing_height": (3.2, 4.2),
    "weight": (-0.6, 1.2),
    "l1_l4_width": (3.2, 1.2),
    "l1_l4_height": (6.4, 1.2),
    "l1_l4_area": (4.8, -1.4),
}
"""Where the seven published variables stand."""

LABEL_AT = {
    ("sex", "l1_l4_width"): 0.34,
    ("standing_height", "weight"): 0.34,
    ("age", "l1_l4_width"): 0.30,
    ("standing_height", "l1_l4_height"): 0.28,
    ("sex", "l1_l4_area"): 0.72,
}
"""How far along its arrow a weight stands, where the middle is not free."""

BEND = {("sex", "l1_l4_area"): 0.22}
"""Arrows that have to go round a box, and the way of their weight to the side."""

GROUPS = {
    "roots": (0.0, 4.4, "sex age"),
    "build": (0.0, 1.8, "standing_height weight bmi l1_l4_width l1_l4_height l1_l4_area bone_size degeneration"),
    "habits, history": (
        5.2,
        4.4,
        "age_at_dxa physical_activity smoking alcohol diet_quality glucocorticoids diabetes menopause_age menopause "
        "hrt",
    ),
    "density": (5.2, 1.8, "menopause_shift bone_factor hip_drift spine_drift hip_density spine_density"),
    "BMD, fracture": (5.2, -1.0, "total_hip_bmd femoral_neck_bmd l1_l4_bmd lowest_t_score prior_fracture"),
    "blood, chest report": (
        0.0,
        -1.0,
        "wbc platelets serum_calcium fasting_glucose chest_emphysema chest_cardiomegaly chest_compression "
        "chest_aortic_calcification chest_degenerative_spine chest_kyphosis",
    ),
}
"""Place of each group and its variables."""


WHITE = {"fc": "white", "ec": "none", "pad": 0.8}
"""Behind words that an arrow may cross."""


def node(panel, x, y, text, *, width, height, size=9.5):
    """A rounded box with text."""
    panel.text(x, y, text, ha="center", va="center", fontsize=size, color=INK, linespacing=1.35)
    box = plt.matplotlib.patches.FancyBboxPatch(
        (x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0.06", fc=BODY, ec=EDGE, lw=1.2, zorder=0
    )
    panel.add_patch(box)
    return box


def arrow(panel, boxes, cause, effect, color, bend=0.0):
    """From the border of one box to the border of another."""
    centres = [(b.get_x() + b.get_width() / 2, b.get_y() + b.get_height() / 2) for b in (boxes[cause], boxes[effect])]
    panel.annotate(
        "",
        centres[1],
        centres[0],
        arrowprops={
            "arrowstyle": "-|>",
            "color": color,
            "lw": 1.3,
            "patchA": boxes[cause],
            "patchB": boxes[effect],
            "shrinkA": 1,
            "shrinkB": 1,
            "connectionstyle": f"arc3,rad={bend}",
        },
        zorder=-1,
    )
    return centres


def published(panel):
    """The seven variables with the weights of their arrows."""
    boxes = {name: node(panel, x, y, name, width=1.9, height=0.6) for name, (x, y) in SPINE.items()}
    for row in spine_graph().to_json()["nodes"]:
        for term in row.get("terms", ()):
            cause, effect, weight = term["from"], row["name"], term["weight"]
            color = X if weight < 0 else Z
            bend = BEND.get((cause, effect), 0.0)
            (x0, y0), (x1, y1) = arrow(panel, boxes, cause, effect, color, bend)
            at = LABEL_AT.get((cause, effect), 0.5)
            aside = 2 * at * (1 - at) * bend
            panel.text(
                x0 + at * (x1 - x0) + aside * (y1 - y0),
                y0 + at * (y1 - y0) - aside * (x1 - x0),
                f"{weight:+.3f}",
                fontsize=8.5,
                color=color,
                ha="center",
                va="center",
                bbox=WHITE,
            )
    panel.set_xlim(-1.9, 7.7)
    panel.set_ylim(-2.3, 5.0)


def whole(panel):
    """All variables in groups; an arrow where any variable of one group causes one of another."""
    group_of = {name: group for group, (_, _, names) in GROUPS.items() for name in names.split()}
    graph = population_graph(COHORTS["ukbiobank"])
    assert set(group_of) == set(graph.mechanisms), set(group_of) ^ set(graph.mechanisms)
    boxes = {}
    for group, (x, y, names) in GROUPS.items():
        words = names.split()
        lines = [",  ".join(words[i : i + 2]) for i in range(0, len(words), 2)]
        boxes[group] = node(panel, x, y, "\n".join(lines), width=3.9, height=0.26 + 0.27 * len(lines), size=8)
        top = boxes[group].get_y() + boxes[group].get_height()
        side = -1 if x == 0 else 1  # on the outer side, where no arrow arrives
        at = {"ha": "left" if side < 0 else "right", "va": "bottom"}
        panel.text(x + side * 1.95, top + 0.12, group, fontsize=9.5, fontweight="bold", color=GREY, **at)
    for cause, effect in sorted({(group_of[a], group_of[b]) for a, b in graph.edges()}):
        if cause != effect:
            arrow(panel, boxes, cause, effect, Z)
    panel.set_xlim(-2.2, 7.4)
    panel.set_ylim(-2.0, 5.6)


if __name__ == "__main__":
    figure, (left, right) = sheet(15, 6.4, ["Spine attributes: published weights (SD)", "The whole graph, in groups"])
    published(left)
    whole(right)
    figure.tight_layout(pad=0.6)
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=100, facecolor="white", metadata={"Software": None}, bbox_inches="tight")
