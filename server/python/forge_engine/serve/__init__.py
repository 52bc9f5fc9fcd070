"""The Transformers serving engine: any safetensors model that llama.cpp cannot take, slower. See main.py."""
