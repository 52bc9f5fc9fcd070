"""What the fork server imports once, so that a run need not. Imports only: see supervisor.py."""

import torch
import torch.distributed
import transformers
import transformers.models.auto.modeling_auto
import transformers.models.llama.modeling_llama

import forge_engine.operations

__all__ = ["forge_engine", "torch", "transformers"]
