using System.Globalization;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Exports;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Amendments;

/// <summary>
/// Hours of a station's own data logger, frames of HJ 212-2017, as entries for what was not
/// measured here. Only valid and manual values (N and S) of bound quantities are taken.
/// </summary>
/// <param name="isMissing">Whether the books have an hour without that quantity.</param>
/// <param name="entry">Whose entry it is, and why; the rest is filled in here.</param>
public sealed class Hj212Reader(
    SourceBinding source, Func<string, long, bool> isMissing, Amendment entry, string file,
    Faults faults)
{
    private const long MsPerHour = 3_600_000;
    private const decimal SecondsPerHour = 3_600;
    private const string TimeFormat = "yyyyMMddHHmmss";

    /// <summary>Values of hours that were measured here, or marked as not valid.</summary>
    public int PassedOver { get; private set; }

    /// <summary>How many messages of each command (CN) are not of hours: an entry takes the
    /// place of an hour, and these say nothing of a single one.</summary>
    public SortedDictionary<string, int> NotOfHours { get; } = new(StringComparer.Ordinal);

    /// <summary>Nothing of a file with a fault.</summary>
    public IReadOnlyList<Amendment> Read(ReadOnlySpan<byte> bytes)
    {
        var entries = new List<Amendment>();
        for (var number = 1; bytes.Length > 0; number++)
        {
            var (packet, fault, consumed) = Hj212Frame.Decode(bytes);
            if (consumed == 0 || fault.Length > 0)
            {
                faults.Add(
                    file, 0,
                    $"frame {number}: {(fault.Length > 0 ? fault : "it is not complete")}",
                    "export it again, or cut it out of the file");
            }

            if (consumed == 0)
            {
                break;
            }

            if (packet?.Command == Hj212Message.CommandOf(Hj212Span.Hour))
            {
                Add(packet, number, entries);
            }
            else if (packet is not null)
            {
                NotOfHours[packet.Command] = NotOfHours.GetValueOrDefault(packet.Command) + 1;
            }

            bytes = bytes[consumed..];
        }

        return faults.Any ? [] : entries;
    }

    private void Add(Hj212Packet packet, int number, List<Amendment> entries)
    {
        var text = packet.Content.Select(item => item.Find("DataTime"))
            .FirstOrDefault(found => found is not null);
        if (!DateTime.TryParseExact(
            text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
            || source.TimeZone.IsInvalidTime(local))
        {
            faults.Add(
                file, 0, $"frame {number}: '{text}' is no local time of an hour",
                "each message of hours needs DataTime, as in 20260202130000");
            return;
        }

        var startMs = new DateTimeOffset(local, source.TimeZone.GetUtcOffset(local))
            .ToUnixTimeMilliseconds();
        foreach (var quantity in source.Quantities.Select(one => one.Quantity))
        {
            if (Hj212Message.CodeOf(quantity) is { } code
                && (QuantityUnits.IsPollutant(quantity) || quantity == QuantityUnits.Flow))
            {
                Add((packet, number), (quantity, code), startMs, entries);
            }
        }
    }

    private void Add(
        (Hj212Packet Packet, int Number) frame, (string Quantity, string Code) of, long startMs,
        List<Amendment> entries)
    {
        var item = frame.Packet.Content
            .FirstOrDefault(one => one.Find($"{of.Code}-Avg") is not null);
        if (item is null)
        {
            return;
        }

        if (!decimal.TryParse(
            item.Find($"{of.Code}-Avg"), NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out var value))
        {
            faults.Add(
                file, 0, $"frame {frame.Number}: {of.Code}-Avg is no number that can be emitted",
                "correct it at the station, and export it again");
        }
        else if (item.Find($"{of.Code}-Flag") is not ("N" or "S")
            || !isMissing(of.Quantity, startMs))
        {
            PassedOver++;
        }
        else
        {
            entries.Add(entry with
            {
                Quantity = of.Quantity, FromMs = startMs, UntilMs = startMs + MsPerHour,
                // The format has m3/s.
                Value = of.Quantity == QuantityUnits.Flow ? value * SecondsPerHour : value,
                Result = $"{frame.Packet.Station}, {Path.GetFileName(file)}, frame {frame.Number}",
            });
        }
    }
}
