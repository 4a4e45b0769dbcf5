"""Names for containers that were given none: an adjective and a scientist."""

import os

ADJECTIVES = (  # noqa: SIM905 - words to be read, not punctuation
    "able agile amber awake bold brave bright brisk busy calm candid clever cosmic crisp curious daring "
    "deft eager earnest elated fair fearless fleet fond frank fresh gallant gentle gifted glad graceful "
    "happy hardy hearty honest humble jolly jovial keen kind lively lucid mellow merry mild modest neat "
    "nimble noble patient placid plucky polite proud quick quiet radiant ready serene sharp silent "
    "sincere sleek smart snug sober spry steady stoic subtle sunny swift tender tidy tranquil trusty "
    "upbeat valiant vivid warm wise witty zesty"
).split()
SCIENTISTS = (  # noqa: SIM905 - words to be read, not punctuation
    "abel agnesi ampere archimedes avogadro babbage banach bardeen bell bernoulli bohr boltzmann boole "
    "bose brahe cantor carson cauchy cavendish celsius chandrasekhar clarke copernicus cori coulomb curie "
    "dalton darwin descartes dijkstra dirac doppler easley einstein euclid euler faraday fermat fermi "
    "feynman fibonacci fourier franklin galileo galois gauss germain goedel goldberg goodall hamilton "
    "hawking heisenberg hertz herschel hilbert hodgkin hopper hubble huygens hypatia jackson joliot joule "
    "kepler khayyam knuth kovalevskaya lagrange laplace lavoisier leavitt leibniz linnaeus lovelace mach "
    "maxwell mayer mcclintock meitner mendel mendeleev mirzakhani moore morse napier newton nobel noether "
    "ohm oppenheimer pascal pasteur pauli payne planck poincare ptolemy pythagoras ramanujan ride riemann "
    "rutherford sagan salk shannon snell somerville stokes swartz tesla thales torvalds turing volta "
    "wiles wilson wright wu yalow"
).split()


def generate_name(attempt: int = 0) -> str:
    """A name like "keen_turing"; from the third *attempt* on with a digit, so that one is always free."""
    first, second, digits = os.urandom(3)
    name = f"{ADJECTIVES[first % len(ADJECTIVES)]}_{SCIENTISTS[second % len(SCIENTISTS)]}"
    return name if attempt < 3 else f"{name}{digits}"
