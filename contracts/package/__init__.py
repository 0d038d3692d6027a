"""The npm package @pargrade/contracts, made from the artifacts that ship."""
