"""How often the 95 % intervals of mean, median and standard deviation hold the truth.

    python benchmarks/interval_coverage.py [--samples 2000] [--particles 200]

Draws samples of particles from known distributions and runs the estimator behind
`micrographia.measurement.summarize` on each. The limits are 93 % to 97 % for mean and median.
"""

import argparse
import math

import numpy as np

from micrographia.measurement._bootstrap import Resampling, Variable, estimate

MEDIAN = np.array([0.5])


def _lognormal(spread):
    sigma = math.log(spread)
    mean = 10 * math.exp(sigma**2 / 2)
    return (
        lambda rng, n: 10 * np.exp(rng.normal(0, sigma, n)),
        (mean, 10.0, mean * math.sqrt(math.expm1(sigma**2))),
    )


def _weibull(shape):
    mean, square = (math.gamma(1 + k / shape) for k in (1, 2))
    truth = (10 * mean, 10 * math.log(2) ** (1 / shape), 10 * math.sqrt(square - mean**2))
    return lambda rng, n: 10 * rng.weibull(shape, n), truth


CASES = {
    "normal, sd 15 %": (lambda rng, n: rng.normal(10, 1.5, n), (10.0, 10.0, 1.5)),
    **{f"lognormal, geometric sd {s}": _lognormal(s) for s in (1.2, 1.4, 1.6)},
    **{f"weibull, shape {k}": _weibull(k) for k in (1.5, 3.5)},
}


def coverage(name, samples, particles, draws=2000, seed=0):
    """Share of intervals of mean, median and sd that hold the truth, and of too low, too high."""
    draw, truth = CASES[name]
    rng = np.random.default_rng([seed, list(CASES).index(name)])
    held = np.zeros(3)
    above = np.zeros(3)
    for index in range(samples):
        variable = Variable.of(draw(rng, particles), np.ones(particles))
        resampling = Resampling(particles, draws, index)
        mean, sd, (median,) = estimate(variable, resampling, MEDIAN, 0.95)
        for j, (one, true) in enumerate(zip((mean, median, sd), truth, strict=True)):
            held[j] += one.low <= true <= one.high
            above[j] += one.low > true
    return held / samples, above / samples


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--particles", type=int, default=200)
    arguments = parser.parse_args()
    print(f"{arguments.samples} samples of {arguments.particles} particles; share that holds the")
    print(f"truth (whole interval too high)\n{'':30}{'mean':>17}{'median':>17}{'sd':>17}")
    for name in CASES:
        held, above = coverage(name, arguments.samples, arguments.particles)
        cells = "".join(
            f"{100 * h:9.1f} % ({100 * a:.1f})" for h, a in zip(held, above, strict=True)
        )
        print(f"{name:30}{cells}", flush=True)


if __name__ == "__main__":
    main()
