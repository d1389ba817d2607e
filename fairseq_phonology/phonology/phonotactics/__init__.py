"""What a word of the language may look like: syllables and forbidden sequences, and nonce words drawn from them."""
