"""What takes minutes is left out unless the environment variable NMMO_DOCS is `all`."""

import os

collect_ignore = [] if os.environ.get("NMMO_DOCS") == "all" else ["test_new_content_built.py", "test_new_rule_built.py"]
