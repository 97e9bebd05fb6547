"""What the processor reckons fast."""

import torch

__all__ = ["knows_bfloat16"]


def knows_bfloat16() -> bool:
    """Whether the processor has instructions for bfloat16; without them it is many times slower."""
    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())
