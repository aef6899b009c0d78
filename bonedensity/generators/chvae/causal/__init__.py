"""The structural causal model of a person's attributes: graph, invertible mechanisms, abduction."""
