"""How well counterfactuals do: reconstruction, axioms, follow-up, true counterfactuals."""
