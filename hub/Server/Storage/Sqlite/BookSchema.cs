namespace Monitoring.Server.Storage.Sqlite;

/// <summary>The schema of <c>books.db</c>, version by version.</summary>
internal static class BookSchema
{
    public static readonly string[] Migrations =
    [
        """
        -- How far each source is averaged: the start of its next window. Moves with the facts.
        CREATE TABLE source_position(source TEXT PRIMARY KEY, next_ms INTEGER NOT NULL) STRICT;
        -- One row a closed window; log_id is the newest record that its calculation could see.
        CREATE TABLE window(
            id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, start_ms INTEGER NOT NULL,
            end_ms INTEGER NOT NULL, revision INTEGER NOT NULL, log_id INTEGER NOT NULL,
            known_ms INTEGER NOT NULL, no_fact_because TEXT,
            UNIQUE(source, start_ms, revision)) STRICT;
        CREATE TABLE average(
            id INTEGER PRIMARY KEY AUTOINCREMENT, "window" INTEGER NOT NULL REFERENCES window,
            quantity TEXT NOT NULL, unit TEXT NOT NULL, value TEXT, absent_because TEXT,
            coverage_percent TEXT, UNIQUE("window", quantity)) STRICT;
        CREATE INDEX average_by_quantity ON average(quantity, "window");
        -- What became of the images of a window; the rule is empty for those behind its facts.
        CREATE TABLE fate(
            "window" INTEGER NOT NULL REFERENCES window, device TEXT NOT NULL, rule TEXT NOT NULL,
            images INTEGER NOT NULL, readings INTEGER NOT NULL,
            PRIMARY KEY("window", device, rule)) STRICT, WITHOUT ROWID;
        CREATE TABLE fact(
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
            "window" INTEGER NOT NULL REFERENCES window, source TEXT NOT NULL,
            member TEXT NOT NULL, zone TEXT NOT NULL, pollutant TEXT NOT NULL,
            start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, milligrams INTEGER NOT NULL,
            method TEXT NOT NULL, quality TEXT NOT NULL, revision INTEGER NOT NULL,
            known_ms INTEGER NOT NULL, inputs TEXT NOT NULL) STRICT;
        CREATE INDEX fact_by_time ON fact(pollutant, start_ms);
        """,
        """
        -- The start of the next period to settle. Moves after the settlement is booked.
        CREATE TABLE period_position(contract TEXT PRIMARY KEY, next_ms INTEGER NOT NULL) STRICT;
        -- The running balance, one row a change; the subject is a member or the bubble itself.
        CREATE TABLE quota(
            id INTEGER PRIMARY KEY AUTOINCREMENT, contract TEXT NOT NULL, bubble TEXT NOT NULL,
            pollutant TEXT NOT NULL, period TEXT NOT NULL, subject TEXT NOT NULL,
            at_ms INTEGER NOT NULL, used_mg INTEGER NOT NULL, holding_mg INTEGER NOT NULL,
            forecast_mg INTEGER) STRICT;
        CREATE INDEX quota_by_subject ON quota(contract, subject, id);
        CREATE TABLE alert_state(
            contract TEXT NOT NULL, subject TEXT NOT NULL, level TEXT NOT NULL,
            period TEXT NOT NULL, raised INTEGER NOT NULL, transitions INTEGER NOT NULL,
            PRIMARY KEY(contract, period, subject, level)) STRICT, WITHOUT ROWID;
        CREATE TABLE alert(
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, contract TEXT NOT NULL,
            subject TEXT NOT NULL, level TEXT NOT NULL, change TEXT NOT NULL, reason TEXT NOT NULL,
            period TEXT NOT NULL, value_mg INTEGER, limit_mg INTEGER NOT NULL,
            threshold_percent INTEGER NOT NULL, provisional INTEGER NOT NULL,
            at_ms INTEGER NOT NULL) STRICT;
        -- Notices of alerts, one a channel, until they are delivered or given up (dead).
        CREATE TABLE notice(
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, channel TEXT NOT NULL,
            body TEXT NOT NULL, created_ms INTEGER NOT NULL, attempts INTEGER NOT NULL,
            due_ms INTEGER NOT NULL, state TEXT NOT NULL, last_error TEXT,
            UNIQUE(id, channel)) STRICT;
        CREATE INDEX notice_due ON notice(state, due_ms);
        """,
        """
        CREATE TABLE settlement(
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, contract TEXT NOT NULL,
            contract_hash TEXT NOT NULL, period TEXT NOT NULL, start_ms INTEGER NOT NULL,
            end_ms INTEGER NOT NULL, settled_ms INTEGER NOT NULL, emitted_g INTEGER NOT NULL,
            cap_g INTEGER NOT NULL, excess_g INTEGER NOT NULL, total_minor INTEGER NOT NULL,
            windows_known INTEGER NOT NULL, windows_expected INTEGER NOT NULL,
            verdict TEXT NOT NULL, UNIQUE(contract, period)) STRICT;
        CREATE TABLE charge(
            id TEXT PRIMARY KEY, settlement TEXT NOT NULL REFERENCES settlement(id),
            member TEXT NOT NULL, apportioned_g INTEGER NOT NULL,
            minor_units INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        -- The ledger: never updated, never deleted.
        CREATE TABLE entry(
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
            idempotency_key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, period TEXT NOT NULL,
            booked_ms INTEGER NOT NULL) STRICT;
        CREATE TABLE posting(
            id INTEGER PRIMARY KEY AUTOINCREMENT, entry INTEGER NOT NULL REFERENCES entry,
            account TEXT NOT NULL, asset TEXT NOT NULL, amount INTEGER NOT NULL,
            charge TEXT NOT NULL) STRICT;
        CREATE INDEX posting_by_account ON posting(account, asset);
        CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
            BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        CREATE TRIGGER entry_remains BEFORE DELETE ON entry
            BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        CREATE TRIGGER posting_stays BEFORE UPDATE ON posting
            BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        CREATE TRIGGER posting_remains BEFORE DELETE ON posting
            BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        -- How far each durable reader (the projection) has come.
        CREATE TABLE cursor(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
        """,
        """
        -- INSERT OR REPLACE deletes without the triggers of DELETE; so it is refused by itself.
        CREATE TRIGGER entry_is_new BEFORE INSERT ON entry
            WHEN EXISTS(SELECT 1 FROM entry WHERE seq = NEW.seq OR id = NEW.id
                OR idempotency_key = NEW.idempotency_key)
            BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        CREATE TRIGGER posting_is_new BEFORE INSERT ON posting
            WHEN EXISTS(SELECT 1 FROM posting WHERE id = NEW.id)
            BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        -- What a charge rests on stays too.
        CREATE TRIGGER settlement_stays BEFORE UPDATE ON settlement
            BEGIN SELECT RAISE(ABORT, 'a settlement is final'); END;
        CREATE TRIGGER settlement_remains BEFORE DELETE ON settlement
            BEGIN SELECT RAISE(ABORT, 'a settlement is final'); END;
        CREATE TRIGGER charge_stays BEFORE UPDATE ON charge
            BEGIN SELECT RAISE(ABORT, 'a charge is final'); END;
        CREATE TRIGGER charge_remains BEFORE DELETE ON charge
            BEGIN SELECT RAISE(ABORT, 'a charge is final'); END;
        CREATE TRIGGER fact_stays BEFORE UPDATE ON fact
            BEGIN SELECT RAISE(ABORT, 'a fact never changes'); END;
        CREATE TRIGGER fact_remains BEFORE DELETE ON fact
            BEGIN SELECT RAISE(ABORT, 'a fact never changes'); END;
        """,
        """
        -- Points that InfluxDB refused for good, the newest of them; the last id counts them all.
        CREATE TABLE refused_point(
            id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL UNIQUE, error TEXT NOT NULL,
            refused_ms INTEGER NOT NULL) STRICT;
        CREATE INDEX fact_by_window ON fact("window");
        -- Averages and facts are projected window by window now, from the first on.
        DELETE FROM cursor WHERE name IN ('influx/average', 'influx/fact');
        """,
        """
        -- How far each source has looked through the journals for images of closed windows.
        CREATE TABLE source_seen(
            source TEXT NOT NULL, journal TEXT NOT NULL, "offset" INTEGER NOT NULL,
            PRIMARY KEY(source, journal)) STRICT, WITHOUT ROWID;
        CREATE INDEX window_reopened ON window(start_ms) WHERE revision > 1;
        """,
        """
        -- Averages over spans of windows and over parts of them, each as revisions.
        CREATE TABLE level_average(
            id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, level TEXT NOT NULL,
            quantity TEXT NOT NULL, unit TEXT NOT NULL, start_ms INTEGER NOT NULL,
            end_ms INTEGER NOT NULL, revision INTEGER NOT NULL, value TEXT, absent_because TEXT,
            counted INTEGER NOT NULL, lost INTEGER NOT NULL, expected INTEGER NOT NULL,
            seen INTEGER NOT NULL REFERENCES window,
            UNIQUE(source, level, quantity, start_ms, revision)) STRICT;
        -- The newest window of each source that is worked into its levels.
        CREATE TABLE level_cursor(source TEXT PRIMARY KEY, "window" INTEGER NOT NULL) STRICT;
        CREATE INDEX window_by_source ON window(source, id);
        """,
        """
        -- What was asked of the books, the answer, and what it changed. Entries follow from it.
        CREATE TABLE journal(
            seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, content TEXT NOT NULL,
            answer TEXT NOT NULL, events TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
        CREATE TRIGGER journal_stays BEFORE UPDATE ON journal
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
        CREATE TRIGGER journal_remains BEFORE DELETE ON journal
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
        CREATE TRIGGER journal_is_new BEFORE INSERT ON journal
            WHEN EXISTS(SELECT 1 FROM journal WHERE seq = NEW.seq OR id = NEW.id)
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
        -- Who paid for what in which period; empty for accounts that do not ask, and before.
        ALTER TABLE posting ADD COLUMN lot TEXT NOT NULL DEFAULT '';
        """,
        """
        -- The public log: its leaves in order from 0, never updated, never deleted.
        CREATE TABLE log_leaf(seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
        CREATE TRIGGER log_leaf_stays BEFORE UPDATE ON log_leaf
            BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
        CREATE TRIGGER log_leaf_remains BEFORE DELETE ON log_leaf
            BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
        CREATE TRIGGER log_leaf_is_new BEFORE INSERT ON log_leaf
            WHEN EXISTS(SELECT 1 FROM log_leaf WHERE seq = NEW.seq)
            BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
        -- What follows from the leaves: the tiles of the tree and the newest checkpoint.
        CREATE TABLE log_tile(
            level INTEGER NOT NULL, number INTEGER NOT NULL, hashes BLOB NOT NULL,
            PRIMARY KEY(level, number)) STRICT;
        CREATE TABLE log_head(id INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
        -- The newest word of each witness, and the newest contract that was told.
        CREATE TABLE log_cosignature(
            witness TEXT PRIMARY KEY, size INTEGER NOT NULL, text TEXT NOT NULL,
            log_line TEXT NOT NULL, line TEXT NOT NULL) STRICT;
        CREATE TABLE log_contract(id INTEGER PRIMARY KEY, leaf BLOB NOT NULL) STRICT;
        """,
        "CREATE INDEX posting_by_entry ON posting(entry);",
        """
        -- By what rule a number was found that was not measured; null for those that were.
        ALTER TABLE average ADD COLUMN method TEXT;
        """,
        """
        -- What a settlement rests on: the newest window that was written when it read the facts.
        ALTER TABLE settlement ADD COLUMN pollutant TEXT NOT NULL DEFAULT '';
        ALTER TABLE settlement ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
        DROP TRIGGER settlement_stays;
        UPDATE settlement SET
            pollutant = COALESCE((SELECT pollutant FROM fact WHERE json_valid(verdict)
                AND fact.id = json_extract(verdict, '$.FactIds[0]')), ''),
            seen = (SELECT COALESCE(MAX(id), 0) FROM window WHERE known_ms <= settled_ms);
        CREATE TRIGGER settlement_stays BEFORE UPDATE ON settlement
            BEGIN SELECT RAISE(ABORT, 'a settlement is final'); END;
        """,
        """
        -- What persons, laboratories and tests say beside the readings: added, never changed.
        CREATE TABLE amendment(
            seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL,
            quantity TEXT NOT NULL, kind TEXT NOT NULL, from_ms INTEGER NOT NULL,
            until_ms INTEGER, value TEXT, test TEXT NOT NULL, passed INTEGER NOT NULL,
            subject TEXT NOT NULL, result TEXT NOT NULL, author TEXT NOT NULL,
            reason TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
        CREATE INDEX amendment_by_source ON amendment(source, from_ms);
        CREATE TRIGGER amendment_stays BEFORE UPDATE ON amendment
            BEGIN SELECT RAISE(ABORT, 'amendments are append-only'); END;
        CREATE TRIGGER amendment_remains BEFORE DELETE ON amendment
            BEGIN SELECT RAISE(ABORT, 'amendments are append-only'); END;
        CREATE TRIGGER amendment_is_new BEFORE INSERT ON amendment
            WHEN EXISTS(SELECT 1 FROM amendment WHERE seq = NEW.seq)
            BEGIN SELECT RAISE(ABORT, 'amendments are append-only'); END;
        """,
        """
        -- A settlement that is put right stays, and the one in its place is another revision.
        CREATE TABLE settlement_next(
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, contract TEXT NOT NULL,
            contract_hash TEXT NOT NULL, period TEXT NOT NULL, start_ms INTEGER NOT NULL,
            end_ms INTEGER NOT NULL, settled_ms INTEGER NOT NULL, emitted_g INTEGER NOT NULL,
            cap_g INTEGER NOT NULL, excess_g INTEGER NOT NULL, total_minor INTEGER NOT NULL,
            windows_known INTEGER NOT NULL, windows_expected INTEGER NOT NULL,
            verdict TEXT NOT NULL, pollutant TEXT NOT NULL DEFAULT '',
            seen INTEGER NOT NULL DEFAULT 0, revision INTEGER NOT NULL DEFAULT 1,
            UNIQUE(contract, period, revision)) STRICT;
        INSERT INTO settlement_next SELECT *, 1 FROM settlement;
        CREATE TABLE charge_next(
            id TEXT PRIMARY KEY, settlement TEXT NOT NULL REFERENCES settlement_next(id),
            member TEXT NOT NULL, apportioned_g INTEGER NOT NULL,
            minor_units INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO charge_next SELECT * FROM charge;
        DROP TABLE charge;
        DROP TABLE settlement;
        ALTER TABLE settlement_next RENAME TO settlement;
        ALTER TABLE charge_next RENAME TO charge;
        CREATE TRIGGER settlement_stays BEFORE UPDATE ON settlement
            BEGIN SELECT RAISE(ABORT, 'a settlement stays'); END;
        CREATE TRIGGER settlement_remains BEFORE DELETE ON settlement
            BEGIN SELECT RAISE(ABORT, 'a settlement stays'); END;
        CREATE TRIGGER charge_stays BEFORE UPDATE ON charge
            BEGIN SELECT RAISE(ABORT, 'a charge stays'); END;
        CREATE TRIGGER charge_remains BEFORE DELETE ON charge
            BEGIN SELECT RAISE(ABORT, 'a charge stays'); END;
        -- What people did: objections, answers, votes, payments, steps of periods, statements.
        CREATE TABLE act(
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, kind TEXT NOT NULL,
            at_ms INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
        CREATE TRIGGER act_stays BEFORE UPDATE ON act
            BEGIN SELECT RAISE(ABORT, 'an act stays'); END;
        CREATE TRIGGER act_remains BEFORE DELETE ON act
            BEGIN SELECT RAISE(ABORT, 'an act stays'); END;
        """,
        """
        -- Configurations under which windows were worked out again: a list of file and text,
        -- the cluster first.
        CREATE TABLE configuration(id TEXT PRIMARY KEY, documents TEXT NOT NULL) STRICT;
        CREATE TRIGGER configuration_stays BEFORE UPDATE ON configuration
            BEGIN SELECT RAISE(ABORT, 'a configuration stays'); END;
        CREATE TRIGGER configuration_remains BEFORE DELETE ON configuration
            BEGIN SELECT RAISE(ABORT, 'a configuration stays'); END;
        """,
        """
        -- Sums of the newest facts by the hour and day (span_ms) that they begin in, kept by the
        -- rules below, so that a balance over a year reads few rows.
        CREATE TABLE mass_sum(
            pollutant TEXT NOT NULL, member TEXT NOT NULL, span_ms INTEGER NOT NULL,
            number INTEGER NOT NULL, milligrams INTEGER NOT NULL,
            PRIMARY KEY(pollutant, member, span_ms, number)) STRICT, WITHOUT ROWID;
        CREATE TABLE mass_span(ms INTEGER PRIMARY KEY) STRICT;
        INSERT INTO mass_span VALUES(3600000), (86400000);
        INSERT INTO mass_sum
            SELECT pollutant, member, ms, fact.start_ms / ms, SUM(milligrams)
            FROM fact JOIN window w ON w.id = fact."window", mass_span
            WHERE NOT EXISTS (SELECT 1 FROM window newer WHERE newer.source = w.source
                AND newer.start_ms = w.start_ms AND newer.revision > w.revision)
            GROUP BY 1, 2, 3, 4;
        CREATE TRIGGER fact_is_summed AFTER INSERT ON fact BEGIN
            INSERT INTO mass_sum
                SELECT NEW.pollutant, NEW.member, ms, NEW.start_ms / ms, NEW.milligrams
                FROM mass_span WHERE true
                ON CONFLICT DO UPDATE SET milligrams = milligrams + excluded.milligrams;
            END;
        CREATE TRIGGER window_is_replaced AFTER INSERT ON window WHEN NEW.revision > 1 BEGIN
            INSERT INTO mass_sum
                SELECT pollutant, member, ms, fact.start_ms / ms, -milligrams
                FROM fact, mass_span WHERE fact."window" = (
                    SELECT id FROM window WHERE source = NEW.source AND start_ms = NEW.start_ms
                        AND revision < NEW.revision ORDER BY revision DESC LIMIT 1)
                ON CONFLICT DO UPDATE SET milligrams = milligrams + excluded.milligrams;
            END;
        """,
        """
        -- Every contract that was in force: periods are settled by their own one.
        CREATE TABLE contract_version(
            seq INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE,
            contract TEXT NOT NULL, document BLOB NOT NULL) STRICT;
        CREATE TRIGGER contract_version_stays BEFORE UPDATE ON contract_version
            BEGIN SELECT RAISE(ABORT, 'a contract stays'); END;
        CREATE TRIGGER contract_version_remains BEFORE DELETE ON contract_version
            BEGIN SELECT RAISE(ABORT, 'a contract stays'); END;
        INSERT INTO contract_version(hash, contract, document)
        SELECT json_extract(text, '$.hash'), json_extract(text, '$.contract'),
            CAST(json_extract(text, '$.document') AS BLOB)
        FROM (SELECT CAST(leaf AS TEXT) AS text FROM log_contract)
        WHERE json_valid(text) AND json_extract(text, '$.hash') IS NOT NULL;
        -- Which settlements do not know of a window yet, and what a period begins with.
        DROP INDEX window_reopened;
        CREATE INDEX window_reopened ON window(id) WHERE revision > 1;
        CREATE INDEX window_reopened_at ON window(start_ms) WHERE revision > 1;
        CREATE INDEX settlement_by_end ON settlement(contract, end_ms, revision);
        """,
        """
        -- Why a window was worked out again: words, and the ids of amendments; null for first ones
        -- and for those of before.
        ALTER TABLE window ADD COLUMN because TEXT;
        -- Amendments that the public log has still to tell.
        CREATE TABLE amendment_untold(seq INTEGER PRIMARY KEY) STRICT;
        INSERT INTO amendment_untold SELECT seq FROM amendment;
        """,
        """
        -- What of the instruments somebody has to look at: raised and cleared, rows are added.
        CREATE TABLE warning(
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL,
            quantity TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
            raised INTEGER NOT NULL, text TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
        CREATE INDEX warning_by_key ON warning(source, quantity, kind, subject, seq);
        """,
    ];
}
