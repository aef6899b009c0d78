"""First poses: from landmark pairs, a standard view, a coarse search, or an earlier result."""

from bonedensity.registration.initial.coarse_search import Candidate, SearchRange, coarse_search
from bonedensity.registration.initial.landmark_pose import LandmarkPose, pose_from_landmarks
from bonedensity.registration.initial.landmark_values import NamedPairs, landmark_pairs_from_json
from bonedensity.registration.initial.previous import pose_from_json
from bonedensity.registration.initial.standard_view import (
    STANDARD_VIEWS,
    StandardView,
    standard_view,
    standard_view_pose,
)

__all__ = [
    "STANDARD_VIEWS",
    "Candidate",
    "LandmarkPose",
    "NamedPairs",
    "SearchRange",
    "StandardView",
    "coarse_search",
    "landmark_pairs_from_json",
    "pose_from_json",
    "pose_from_landmarks",
    "standard_view",
    "standard_view_pose",
]
