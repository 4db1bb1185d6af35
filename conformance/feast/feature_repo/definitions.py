"""What the Feast server of the conformance test serves: two views, one of them with two keys, and a push source."""

from datetime import timedelta

from feast import Entity, FeatureView, Field, FileSource, PushSource, ValueType
from feast.types import Bool, Float64, Int64, String, UnixTimestamp

driver = Entity(name="driver", join_keys=["driver_id"], value_type=ValueType.INT64)
customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.STRING)

stats_file = FileSource(name="driver_stats_file", path="data/driver_stats.parquet", timestamp_field="event_timestamp")
pair_file = FileSource(name="pair_stats_file", path="data/pair_stats.parquet", timestamp_field="event_timestamp")

driver_stats = FeatureView(
    name="driver_stats",
    entities=[driver],
    ttl=timedelta(days=1),
    schema=[
        Field(name="conv_rate", dtype=Float64),
        Field(name="trips", dtype=Int64),
        Field(name="city", dtype=String),
        Field(name="active", dtype=Bool),
        Field(name="since", dtype=UnixTimestamp),
    ],
    source=PushSource(name="driver_stats_push", batch_source=stats_file),
    online=True,
)
pair_stats = FeatureView(
    name="pair_stats",
    entities=[driver, customer],
    ttl=timedelta(0),
    schema=[Field(name="trips", dtype=Int64)],
    source=pair_file,
    online=True,
)
