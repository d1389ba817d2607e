"""The project on other machines: each Python and torch (`make matrix`), and a Debian with nothing else (debian.sh)."""
