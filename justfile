# The project's own commands; `just` alone lists them.

default:
    @just --list

# All tests
test:
    cargo test

# What CI runs
ci:
    bash .ci/run

# The three places of a new rule: `just new-rule subset-misplaced routing error`
new-rule name group severity:
    cargo run --quiet --example new-rule -- {{name}} {{group}} {{severity}}

# Timings on a generated fleet
bench:
    cargo bench
