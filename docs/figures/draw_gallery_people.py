"""Surfaces of nine virtual people: marching cubes on the bones' distances, drawn off the screen by VTK."""

import numpy as np
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
from draw_gallery_pen import film, save
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkPolyDataMapper,
    vtkRenderer,
    vtkRenderWindow,
    vtkWindowToImageFilter,
)

from bonedensity.anatomy.labels import BY_NAME
from bonedensity.virtual.hip import SUPINE, make_hip_body
from bonedensity.virtual.painted import covering_lattice
from bonedensity.virtual.population import COHORTS, people
from bonedensity.virtual.posed import outer_solid

VOXEL_MM, SIZE = 1.5, 420

LEFT_OUT = ("vertebrae_T12",)
"""Cut by the scan's upper end."""


def draw_people():
    """`gallery-people.png`."""
    figure, panels = film(9.0, 9.4, columns=3, rows=3)
    figure.subplots_adjust(0.01, 0.02, 0.99, 0.97, wspace=0.02, hspace=0.08)
    for number, (panel, person) in enumerate(zip(panels, people(COHORTS["adult"], 9, 5), strict=True)):
        picture = rendered(make_hip_body(person, SUPINE), turn_deg=(-30.0, 0.0, 30.0)[number % 3])
        panel.imshow(picture, interpolation="bilinear")
        sex = "woman" if person.sex == "female" else "man"
        panel.set_title(f"{sex}, {person.age:.0f} years, {person.height_cm:.0f} cm", color="#f2f2f2", fontsize=9, pad=2)
    save(figure, "people")


def rendered(body, *, turn_deg=0.0):
    """(rows, columns, 3) picture of a body's bones, seen from the front, turned about the long axis."""
    renderer = vtkRenderer()
    renderer.SetBackground(0.067, 0.067, 0.067)
    for bone in body.bones:
        if bone.name not in LEFT_OUT:
            renderer.AddActor(_actor(outer_solid(bone), body, BY_NAME[bone.name].color))
    camera = renderer.GetActiveCamera()
    camera.SetPosition(0, -1, 0.12)
    camera.SetFocalPoint(0, 0, 0)
    camera.SetViewUp(0, 0, 1)
    camera.Azimuth(turn_deg)
    renderer.ResetCamera()
    camera.Zoom(1.45)
    return _picture(renderer)


def _picture(renderer):
    window = vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(8)
    window.SetSize(SIZE, SIZE)
    window.AddRenderer(renderer)
    window.Render()
    grab = vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.Update()
    image = grab.GetOutput()
    columns, rows, _ = image.GetDimensions()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(rows, columns, -1)[::-1]


def _actor(solid, body, color):
    """The surface where a solid's distance is 0, within the scan."""
    low, high = np.maximum(solid.low - 3.0, body.low), np.minimum(solid.high + 3.0, body.high)
    lattice = covering_lattice(low, high, VOXEL_MM)
    whole = lattice.block(low, high)
    away = np.clip(solid.distance(lattice.points(whole)), -4.0, 4.0).astype(np.float32)
    away[[0, -1]] = away[:, [0, -1]] = away[:, :, [0, -1]] = 4.0
    data = vtkImageData()
    data.SetDimensions(*away.shape[::-1])
    data.SetSpacing(VOXEL_MM, VOXEL_MM, VOXEL_MM)
    data.SetOrigin(*lattice.origin)
    data.GetPointData().SetScalars(numpy_to_vtk(away.ravel(), deep=True))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(data)
    edges.SetValue(0, 0.0)
    edges.ComputeGradientsOff()
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(edges.GetOutputPort())
    mapper.ScalarVisibilityOff()
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().SetColor(*(0.55 * np.array(color) + 0.45 * np.array([0.93, 0.89, 0.80])))
    actor.GetProperty().SetSpecular(0.12)
    return actor
