"""The planner that asks a language model: Llama 3 70B on Text Generation Inference by default."""
