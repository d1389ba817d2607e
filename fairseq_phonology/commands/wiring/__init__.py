"""What the verbs share: options that several have, and how they speak to a terminal."""
