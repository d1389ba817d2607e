"""What is compared: crossed designs, real words with their own 2 x 2, and what errors exclude from them."""
