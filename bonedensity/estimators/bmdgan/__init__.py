"""BMD-GAN: bone density from a plain radiograph, by decomposing it into a projection of the proximal femur alone.

After Gu et al., Medical Image Analysis 90 (2023) 102970, written from the paper's description.
"""
