"""`python -m forge_engine` trains, `python -m forge_engine serve` serves: see README.md.

Everything that must be set before torch is imported is set here, but for the number of serving threads.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    os.environ.update(
        HF_HUB_OFFLINE="1",
        TRANSFORMERS_OFFLINE="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        OMP_WAIT_POLICY="PASSIVE",  # spinning threads cost 5x the CPU time on a shared machine
        TOKENIZERS_PARALLELISM="false",  # every rank tokenizes on its own core
        TRANSFORMERS_VERBOSITY="error",
        HF_HUB_DISABLE_PROGRESS_BARS="1",
        # the fork server of older Pythons does not take over sys.path
        PYTHONPATH=os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]),
    )
    if sys.argv[1:] == ["serve"]:
        from forge_engine.serve.main import serve
    else:
        from forge_engine.supervisor import serve

    sys.exit(serve())
