"""Settings of training: how long, how fast, on what, and what is held back."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from micrographia.settings import Settings

__all__ = ["TrainingSettings"]


class TrainingSettings(Settings):
    """How a network is trained."""

    epochs: int = Field(default=40, ge=1, le=10_000, description="most epochs")
    batch_size: int = Field(default=32, ge=1, description="images a step (and a device)")
    optimizer: Literal["adamw", "adam", "sgd"] = Field(
        default="adamw", description="how weights follow the gradient"
    )
    learning_rate: float = Field(default=2e-3, gt=0, description="largest learning rate")
    weight_decay: float = Field(default=0.01, ge=0, description="decay of the weights")
    momentum: float = Field(default=0.9, ge=0, lt=1, description="momentum of sgd")
    schedule: Literal["cosine", "step", "constant"] = Field(
        default="cosine", description="how the learning rate falls"
    )
    warmup_epochs: float = Field(
        default=0.0, ge=0, description="epochs over which the rate rises to its largest"
    )
    step_epochs: int = Field(default=20, ge=1, description="epochs between two steps of 'step'")
    step_factor: float = Field(
        default=0.62, gt=0, le=1, description="factor of the rate at each step of 'step'"
    )
    validation: float = Field(
        default=0.15,
        ge=0,
        lt=0.9,
        description="share of the training images held back to choose the best epoch; 0 for none",
    )
    patience: int | None = Field(
        default=None,
        ge=1,
        description="stop after so many epochs in a row without a lower validation loss",
    )
    label_smoothing: float = Field(
        default=0.0, ge=0, lt=1, description="share of each label spread over all classes"
    )
    class_weights: Literal["none", "balanced"] = Field(
        default="none", description="'balanced': rare classes weigh more in the loss"
    )
    clip_gradient: float | None = Field(
        default=None, gt=0, description="largest norm of the gradient"
    )
    precision: Literal["32-true", "16-mixed", "bf16-mixed"] = Field(
        default="32-true",
        description="arithmetic; the mixed ones are for GPUs, bf16 for some processors too: "
        "others take 32-true in its place",
    )
    accelerator: str = Field(default="auto", description="'auto', 'cpu', 'gpu', as Lightning has")
    devices: int | Literal["auto"] = Field(
        default=1, description="how many devices share the work, or 'auto' for all"
    )
    strategy: str = Field(default="auto", description="how devices share it, as Lightning names it")
    workers: int = Field(default=0, ge=0, description="processes that prepare batches")
