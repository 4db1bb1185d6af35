"""Makes the registry and writes the online rows: `python seed.py <unix seconds that stand for now>`."""

import sys
from datetime import datetime, timedelta, timezone

import pandas as pd
from feast import FeatureStore

import definitions

now = datetime.fromtimestamp(int(sys.argv[1]), timezone.utc)
columns = ["driver_id", "event_timestamp", "conv_rate", "trips", "city", "active", "since"]
since = datetime(2020, 2, 29, 12, 30, tzinfo=timezone.utc)
rows = [
    [1001, now - timedelta(hours=1), 0.25, 12, "Lima", True, since],
    [1002, now - timedelta(hours=2), None, None, None, None, None],
    [1003, now - timedelta(days=3), 0.5, 7, "Cusco", False, since],
    [1004, now - timedelta(hours=3), 0.1 + 0.2, 2**53 - 1, 'a "b"\n\u00f1\u65e5', False, since],
]
stats = pd.DataFrame(rows, columns=columns).astype({"trips": "Int64", "active": "boolean"})
pairs = pd.DataFrame([[1001, "c:1", now - timedelta(hours=1), 3]], columns=["driver_id", "customer_id", "event_timestamp", "trips"])

stats.to_parquet("data/driver_stats.parquet")
pairs.to_parquet("data/pair_stats.parquet")
store = FeatureStore(repo_path=".")
store.apply([definitions.driver, definitions.customer, definitions.driver_stats, definitions.pair_stats])
store.write_to_online_store("driver_stats", df=stats)
store.write_to_online_store("pair_stats", df=pairs)
