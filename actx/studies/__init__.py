"""Many analyses in a row: searches, timings, morphs and fine-tuning."""
