"""What lies around the bones of the hip: skin, fat, muscles, bowel, bladder, marrow, metal, in HU at 120 kVp."""
