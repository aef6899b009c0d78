"""Draws the gallery of docs/virtual-patients.md.

python docs/figures/draw_gallery.py [hip spine ct people age hip-disease spine-disease]
"""

import sys

FIGURES = {
    "hip": ("draw_gallery_hip", "draw_hip"),
    "spine": ("draw_gallery_spine", "draw_spine"),
    "ct": ("draw_gallery_ct", "draw_ct"),
    "people": ("draw_gallery_people", "draw_people"),
    "age": ("draw_gallery_age", "draw_ages"),
    "hip-disease": ("draw_gallery_disease", "draw_hip_diseases"),
    "spine-disease": ("draw_gallery_disease", "draw_spine_diseases"),
}


def main(names):
    for name in names or FIGURES:
        module, function = FIGURES[name]
        getattr(__import__(module), function)()


if __name__ == "__main__":
    main(sys.argv[1:])
