"""chrF, the character n-gram score: the one text score here that is fair to every language."""

from __future__ import annotations

from typing import Any

from forge_engine.protocol import ChrfParams


def chrf(params: ChrfParams) -> dict[str, Any]:
    """chrF of every pair and of the corpus, 0 to 100, by sacrebleu's default settings."""
    from sacrebleu.metrics import CHRF

    metric = CHRF()
    hypotheses = [pair.hypothesis for pair in params.pairs]
    references = [pair.reference for pair in params.pairs]
    return {
        "corpus": metric.corpus_score(hypotheses, [references]).score,
        "sentences": [metric.sentence_score(h, [r]).score for h, r in zip(hypotheses, references, strict=True)],
    }
