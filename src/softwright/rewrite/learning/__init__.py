"""Learning rules from changes that people made."""

from softwright.rewrite.learning.doubt import choose_next
from softwright.rewrite.learning.example import Example
from softwright.rewrite.learning.learn import learn
from softwright.rewrite.learning.learned import Ambiguity, Evidence, Learned, LearnedRule, OneOff

__all__ = ["Ambiguity", "Evidence", "Example", "Learned", "LearnedRule", "OneOff", "choose_next", "learn"]
