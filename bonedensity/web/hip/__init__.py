"""The page of CT, X-ray, registration and density."""
