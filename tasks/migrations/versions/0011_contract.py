"""The contract: every verdict is announced, and two views show what is current."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

# A trigger, so that no program can record a verdict without announcing it.
ANNOUNCE = """
CREATE FUNCTION announce_verdict() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = {schema}, pg_temp AS $$
BEGIN
    INSERT INTO outbox (verdict_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    INSERT INTO feed (verdict_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    INSERT INTO deliveries (verdict_id, target) SELECT NEW.id, name FROM delivery_targets
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;

CREATE TRIGGER verdicts_announce AFTER INSERT ON verdicts
FOR EACH ROW WHEN (NEW.overruled_by_id IS NULL) EXECUTE FUNCTION announce_verdict();
"""

EARLIER = """
INSERT INTO feed (verdict_id, position)
SELECT id, row_number() OVER (ORDER BY id) FROM verdicts WHERE overruled_by_id IS NULL
"""

CURRENT_VERDICTS = """
CREATE VIEW current_verdicts AS
SELECT
    document.id AS document_id,
    document.bucket,
    document.key,
    document.version_id,
    document.etag,
    document.sha256,
    document.first_seen,
    document.application_id,
    document.replaces_id AS replaces_document_id,
    NOT EXISTS (
        SELECT FROM documents newer
        WHERE newer.bucket = document.bucket
            AND newer.key = document.key
            AND newer.id > document.id
    ) AS is_newest,
    verdict.id AS verdict_id,
    verdict.outcome,
    verdict.reasons,
    verdict.summary,
    verdict.applicant_message,
    verdict.kind,
    CASE verdict.policy_name WHEN 'person' THEN 'person' ELSE 'machine' END AS decided_by,
    verdict.decided_at,
    verdict.risk,
    verdict.engine,
    basis.policy_name,
    basis.policy_version,
    verdict.pipeline_version,
    previous.id AS previous_verdict_id,
    previous.outcome AS previous_outcome,
    basis.id AS basis_verdict_id
FROM documents document
JOIN LATERAL (
    SELECT * FROM verdicts
    WHERE verdicts.document_id = document.id AND verdicts.overruled_by_id IS NULL
    ORDER BY verdicts.id DESC
    LIMIT 1
) verdict ON true
LEFT JOIN verdicts previous ON previous.id = verdict.previous_id
LEFT JOIN LATERAL (
    WITH RECURSIVE chain AS (
        SELECT verdict.id, verdict.previous_id, verdict.policy_name, verdict.policy_version
        UNION ALL
        SELECT before.id, before.previous_id, before.policy_name, before.policy_version
        FROM chain JOIN verdicts before ON before.id = chain.previous_id
        WHERE chain.policy_name = 'person'
    )
    SELECT * FROM chain WHERE policy_name <> 'person' LIMIT 1
) basis ON true
"""

# What a person corrected counts first; the MRZ and the barcode are exact where the printed text may
# be misread.
PREFERRED = """coalesce(
        max({0}) FILTER (WHERE source = 'person'),
        max({0}) FILTER (WHERE source = 'mrz'),
        max({0}) FILTER (WHERE source = 'barcode'),
        max({0}) FILTER (WHERE source = 'viz'),
        max({0})
    ) AS {0}"""
FIELDS = (
    *("document_number", "surname", "given_names", "nationality", "birth_date"),
    *("sex", "issue_date", "expiry_date", "issuing_state"),
)
CURRENT_HOLDERS = """
CREATE VIEW current_holders AS
SELECT
    document_id, bucket, key, version_id, is_newest, verdict_id, outcome, decided_at, decided_by,
    kind, basis_verdict_id, holder.*
FROM current_verdicts
JOIN LATERAL (
    SELECT array_agg(source ORDER BY source) AS sources,
    {fields}
    FROM holder_fields WHERE verdict_id = basis_verdict_id
    HAVING count(*) > 0
) holder ON true
"""


def upgrade() -> None:
    """Create tables, trigger and views; earlier verdicts are in the feed and are not delivered."""
    op.add_column("documents", sa.Column("etag", sa.Text, comment="null: of an earlier version"))
    op.add_column(
        "verdicts",
        sa.Column(
            *("kind", sa.Text),
            comment="passport, card, visa, licence or unknown; null: of an earlier version, and "
            "its reading is not kept",
        ),
    )
    op.create_table(
        "feed",
        _verdict(primary_key=True),
        sa.Column(
            *("position", sa.BigInteger),
            comment="order in the feed; null: not listed yet",
        ),
        sa.UniqueConstraint("position", name="feed_order"),
        comment="verdicts that took effect, in the order in which the API lists them",
    )
    op.create_table(
        "delivery_targets",
        sa.Column("name", sa.Text, primary_key=True),
        _time("since"),
        comment="where verdicts are delivered to; a target begins with the first run that has its "
        "setting",
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        _verdict(),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="pending"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        _time("next_attempt_at"),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text, comment="of the last attempt; null: it succeeded"),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        _time("created_at"),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'dead')", name="deliveries_state"),
        sa.UniqueConstraint("verdict_id", "target", name="deliveries_identity"),
        comment="verdicts on their way to other systems; a row for each verdict and target",
    )
    op.create_index("deliveries_due", "deliveries", ["state", "next_attempt_at"])
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, comment="of the system that uses it"),
        sa.Column("sha256", sa.LargeBinary, nullable=False, comment="of the token"),
        sa.Column("scopes", sa.ARRAY(sa.Text), nullable=False),
        _time("created_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), comment="null: never"),
        sa.Column("revoked_at", sa.DateTime(timezone=True), comment="null: not revoked"),
        sa.UniqueConstraint("sha256", name="api_tokens_identity"),
        comment="tokens of the read API; the token itself is not stored",
    )
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(ANNOUNCE.format(schema=schema))
    op.execute(EARLIER)
    op.execute(CURRENT_VERDICTS)
    fields = ",\n    ".join(map(PREFERRED.format, FIELDS))
    op.execute(CURRENT_HOLDERS.format(fields=fields))


def downgrade() -> None:
    """Drop all of it; deliveries that are still pending are never sent."""
    op.execute("DROP VIEW current_holders")
    op.execute("DROP VIEW current_verdicts")
    op.execute("DROP TRIGGER verdicts_announce ON verdicts")
    op.execute("DROP FUNCTION announce_verdict()")
    for table in ("api_tokens", "deliveries", "delivery_targets", "feed"):
        op.drop_table(table)
    op.drop_column("verdicts", "kind")
    op.drop_column("documents", "etag")


def _verdict(*, primary_key: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey("verdicts.id")
    return sa.Column("verdict_id", sa.BigInteger, key, primary_key=primary_key, nullable=False)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(
        *(name, sa.DateTime(timezone=True)), nullable=False, server_default=sa.func.now()
    )
