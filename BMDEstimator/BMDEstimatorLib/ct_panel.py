"""Section 1: the CT and its bones."""

from __future__ import annotations

import qt
from slicer.i18n import tr as _

from BMDEstimatorLib.panel import Panel, Shared
from bonedensity.desktop.buttons import enable, say
from bonedensity.workflows.readiness import sentence_of

CT_FILES = "CT (*.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd *.dcm *.ima);;All files (*)"
LABEL_FILES = "Segmentation (*.seg.nrrd *.nii *.nii.gz *.nrrd *.mha *.mhd);;All files (*)"


class CtPanel(Panel):
    """What is loaded in the first section.

    Attributes:
        patient_spacing_mm: Voxel size of virtual patients; coarser ones are quicker.
    """

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        ui = shared.ui
        self.patient_spacing_mm = 2.0
        ui.ctFileButton.connect("clicked()", self._open_ct)
        ui.ctFolderButton.connect("clicked()", self._open_ct_folder)
        ui.segmentationFileButton.connect("clicked()", self._open_labels)
        ui.virtualButton.connect("clicked()", self._virtual)

    def refresh(self) -> None:
        """Enable what can be done, and say of the rest what it lacks."""
        session, ui = self._session, self._ui
        free, bones = session.waiting(), session.what_is_missing("labels")
        enable(ui.ctFileButton, free, _("Read a CT from one file (NIfTI, NRRD, MHA, DICOM)."))
        enable(ui.ctFolderButton, free, _("Read a CT from a folder of DICOM files."))
        enable(ui.segmentationFileButton, bones, _("Read a segmentation of this CT (NIfTI, NRRD, MHA)."))
        enable(ui.virtualButton, free, _("Make a synthetic CT with its bones, to try everything without data."))
        ui.ctNeedLabel.text = sentence_of(session.state, "ct")
        self._say_what_is_loaded()

    def _say_what_is_loaded(self) -> None:
        state = self._session.state
        lines, notes = [], []
        if state.ct is not None:
            size = " × ".join(str(n) for n in state.ct.array.shape[::-1])
            spacing = " × ".join(f"{s:.2g}" for s in state.ct.spacing)
            lines.append(_("CT: {size} voxels of {spacing} mm.").format(size=size, spacing=spacing))
            notes += state.ct.notes
        if state.labels is not None:
            lines.append(_("Bones: {count}.").format(count=len(state.bones)))
            notes += state.labels.volume.notes
        say(self._ui.ctLoadedLabel, " ".join(lines), notes, _("What is loaded, and what the readers did or doubted."))

    def _open_ct(self) -> None:
        if path := qt.QFileDialog.getOpenFileName(self._ui.ctSection, _("Open a CT"), "", CT_FILES):
            self._feedback.begin("ct")
            self._session.load_ct(path)

    def _open_ct_folder(self) -> None:
        if path := qt.QFileDialog.getExistingDirectory(self._ui.ctSection, _("Open a folder with a CT"), ""):
            self._feedback.begin("ct")
            self._session.load_ct(path)

    def _open_labels(self) -> None:
        if path := qt.QFileDialog.getOpenFileName(self._ui.ctSection, _("Open the bones"), "", LABEL_FILES):
            self._feedback.begin("ct")
            self._session.load_labels(path)

    def _virtual(self) -> None:
        self._feedback.begin("ct")
        if refusal := self._ensure():  # it works without the packages, slower
            self._feedback.say(refusal)
        self._session.make_virtual_patient(self._parameters().seed, spacing_mm=self.patient_spacing_mm)
