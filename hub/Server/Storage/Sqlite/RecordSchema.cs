namespace Monitoring.Server.Storage.Sqlite;

/// <summary>The schema of <c>records.db</c>, version by version.</summary>
internal static class RecordSchema
{
    public static readonly string[] Migrations =
    [
        """
        CREATE TABLE gateway(
            id INTEGER PRIMARY KEY, plant TEXT NOT NULL, node TEXT NOT NULL,
            UNIQUE(plant, node)) STRICT;
        -- One row a journal; committed is the last offset of it that is stored without a hole.
        CREATE TABLE epoch(
            id INTEGER PRIMARY KEY, gateway INTEGER NOT NULL REFERENCES gateway, name TEXT NOT NULL,
            committed INTEGER NOT NULL, UNIQUE(gateway, name)) STRICT;
        CREATE TABLE device(
            id INTEGER PRIMARY KEY, gateway INTEGER NOT NULL REFERENCES gateway, name TEXT NOT NULL,
            UNIQUE(gateway, name)) STRICT;
        CREATE TABLE record(
            id INTEGER PRIMARY KEY AUTOINCREMENT, epoch INTEGER NOT NULL REFERENCES epoch,
            "offset" INTEGER NOT NULL, device INTEGER REFERENCES device, time_ms INTEGER NOT NULL,
            received_ms INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
        CREATE UNIQUE INDEX record_once ON record(epoch, "offset");
        CREATE INDEX record_by_device ON record(device, time_ms) WHERE device IS NOT NULL;
        -- Offsets that will never come, and why: facts about the evidence itself.
        CREATE TABLE gap(
            id INTEGER PRIMARY KEY AUTOINCREMENT, epoch INTEGER NOT NULL REFERENCES epoch,
            first INTEGER NOT NULL, last INTEGER NOT NULL, reason TEXT NOT NULL,
            declared_ms INTEGER NOT NULL, UNIQUE(epoch, first, last, reason)) STRICT;
        -- The newest payloads that could not be read, for inspection.
        CREATE TABLE reject(
            id INTEGER PRIMARY KEY AUTOINCREMENT, received_ms INTEGER NOT NULL,
            topic TEXT NOT NULL, fault TEXT NOT NULL, bytes BLOB NOT NULL) STRICT;
        CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
        """,
        """
        -- When the journal was found put back to an older state; nothing of it is taken since.
        ALTER TABLE epoch ADD COLUMN went_back_ms INTEGER;
        """,
        """
        -- Records that could never be read, with all their bytes: evidence, and no readings.
        CREATE TABLE quarantine(
            id INTEGER PRIMARY KEY AUTOINCREMENT, epoch INTEGER NOT NULL REFERENCES epoch,
            "offset" INTEGER NOT NULL, received_ms INTEGER NOT NULL, topic TEXT NOT NULL,
            fault TEXT NOT NULL, bytes BLOB NOT NULL, UNIQUE(epoch, "offset")) STRICT;
        """,
        """
        -- Clocks that were set right. The bytes of a record stay as they came; its time_ms, by
        -- which it is found, becomes the corrected one.
        CREATE TABLE correction(
            id INTEGER PRIMARY KEY AUTOINCREMENT, epoch INTEGER NOT NULL REFERENCES epoch,
            boot TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
            shift_ms INTEGER NOT NULL, declared_ms INTEGER NOT NULL,
            UNIQUE(epoch, boot, first, last, shift_ms)) STRICT;
        -- What became of it for each device: images seen at their right time, and left alone.
        CREATE TABLE corrected(
            correction INTEGER NOT NULL REFERENCES correction, device INTEGER NOT NULL,
            moved INTEGER NOT NULL, kept INTEGER NOT NULL,
            PRIMARY KEY(correction, device)) STRICT;
        -- Losses without an offset may be many; each is told.
        CREATE TABLE gap_2(
            id INTEGER PRIMARY KEY AUTOINCREMENT, epoch INTEGER NOT NULL REFERENCES epoch,
            first INTEGER NOT NULL, last INTEGER NOT NULL, reason TEXT NOT NULL,
            declared_ms INTEGER NOT NULL,
            UNIQUE(epoch, first, last, reason, declared_ms)) STRICT;
        INSERT INTO gap_2 SELECT id, epoch, first, last, reason, declared_ms FROM gap;
        DROP TABLE gap;
        ALTER TABLE gap_2 RENAME TO gap;
        """,
        """
        -- Ranges of records whose bytes are in a file beside this one; their own are empty.
        CREATE TABLE archive(
            first INTEGER PRIMARY KEY, last INTEGER NOT NULL, records INTEGER NOT NULL,
            from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, file TEXT NOT NULL,
            bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, chain TEXT NOT NULL,
            made_ms INTEGER NOT NULL) STRICT;
        """,
        """
        -- Windows that a correction took images from or brought them to, until their source has
        -- worked out again those that were closed.
        CREATE TABLE corrected_window(
            source TEXT NOT NULL, start_ms INTEGER NOT NULL, time_ms INTEGER NOT NULL,
            PRIMARY KEY(source, start_ms)) STRICT, WITHOUT ROWID;
        """,
        """
        -- Archives that the retention of raw records deleted: which, by what rule, and when. What
        -- each held is in its row of archive, whose file is empty from then on.
        CREATE TABLE deletion(
            first INTEGER PRIMARY KEY REFERENCES archive, file TEXT NOT NULL,
            after_days INTEGER NOT NULL, deleted_ms INTEGER NOT NULL) STRICT;
        """,
        """
        -- Each record that a correction moved, and the time at which it stood before: for whoever
        -- has shown it there.
        CREATE TABLE retimed(
            id INTEGER PRIMARY KEY AUTOINCREMENT, record INTEGER NOT NULL REFERENCES record,
            old_ms INTEGER NOT NULL) STRICT;
        """,
    ];
}
