"""One reader per language and per kind of manifest: a blob becomes columns of facts."""
