"""What a phonologist knows: transcriptions, natural classes, processes, grammars. Never torch, never fairseq."""
