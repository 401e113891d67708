"""The course as a web site: explorers as numbers and a player, notebooks as pages, and the ways to run them elsewhere."""
