using System.Collections.Immutable;
using Monitoring.Server.Storage;
using Monitoring.Tests.Core;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Storage;

/// <summary>Journals of the demo's two plants, from 2026-03-01T00:00:00Z on.</summary>
internal static class Records
{
    public const long StartMs = 1_772_323_200_000;

    public static readonly string Epoch = new('a', 32);

    public static GatewayId Gateway(string plant = "plant-a") => new(plant, "gateway-1");

    public static DeviceId Device(string name, string plant = "plant-a") =>
        new(Gateway(plant), name);

    public static JournalRecord.Image Gas(int second, double nox = 100) =>
        Images.Gas(Shifted(second), nox: nox).Image;

    public static JournalRecord.Image Flow(int second) =>
        Images.Flow(Shifted(second), flow: 1e6).Image;

    /// <summary>
    /// Seconds from to until, one image of each device: offsets 2s + 1 and 2s + 2.
    /// </summary>
    public static JournalAppend Span(string plant, int from, int until)
    {
        var records = ImmutableArray.CreateBuilder<(long, JournalRecord)>();
        for (var second = from; second < until; second++)
        {
            records.Add(((second * 2) + 1, Gas(second, plant == "plant-a" ? 100 : 80)));
            records.Add(((second * 2) + 2, Flow(second)));
        }

        return new JournalAppend(
            Gateway(plant), Epoch, records.ToImmutable(), until * 2, null,
            StartMs + (until * 1_000L));
    }

    /// <summary>So many images of the gas analyser within the first ten seconds.</summary>
    public static JournalAppend InOneWindow(int images)
    {
        var gas = Gas(0) with { Readings = [] };
        return new JournalAppend(
            Gateway(), Epoch,
            [
                .. Enumerable.Range(0, images).Select(i => (
                    i + 1L, (JournalRecord)(gas with { TimeMs = StartMs + (i % 10_000) }))),
            ],
            images, null, StartMs + 10_000);
    }

    public static JournalAppend One(
        long offset, JournalRecord record, string plant = "plant-a", long? receivedMs = null) =>
        new(
            Gateway(plant), Epoch, [(offset, record)], offset, null,
            receivedMs ?? StartMs + 3_600_000);

    private static int Shifted(int second) =>
        (int)((StartMs - Images.StartMs) / 1_000) + second;
}
