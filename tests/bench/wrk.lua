-- For tests/bench/load.py, which puts the table "calls" before this: {method, path, headers, body} in turn.
local requests, turn = {}, 0

function init()
  for n, call in ipairs(calls) do requests[n] = wrk.format(unpack(call, 1, 4)) end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\n{"seconds": %f, "calls": %d, "failed": %d, "p50": %f, "p99": %f}\n',
    summary.duration / 1e6, summary.requests, failed, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
