using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Ingest;
using Monitoring.Core.Mass;
using Monitoring.Core.Settlement;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Core.Model;

/// <summary>
/// The product's way from packets to facts: the gateway's position takes each record once and in
/// its order, windows are worked out of the log, and late images make a new revision.
/// </summary>
internal sealed class HubFacts
{
    private const string Epoch = "e1";
    private readonly SourceBinding _source;
    private readonly string _member;
    private readonly SortedDictionary<long, List<SourceImage>> _log = [];
    private readonly Dictionary<long, WindowResult> _windows = [];
    private GatewayPosition _position = GatewayPosition.Unseen;

    public HubFacts(int member)
    {
        _member = $"m{member}";
        _source = Shipped.Cluster.Sources[0] with
        {
            Id = $"stack-{_member}", Plant = _member, Member = _member,
            Cycle = TimeSpan.FromMilliseconds(Instruments.CycleMs),
        };
        Born(1, 0);
    }

    public long Committed => _position.Committed;

    public void Born(long first, long last) =>
        _position = _position.OnBirth(Epoch, first, last).Position;

    public void Receive(IEnumerable<Measured> packets)
    {
        var touched = new SortedSet<long>();
        foreach (var packet in packets)
        {
            if (_position.Accept(Epoch, packet.Offset) == RecordVerdict.Next)
            {
                _position = _position.Advance(Epoch, packet.Offset);
                var start = Window.Containing(packet.TimeMs, Shipped.Profile.Window).StartMs;
                _log.TryAdd(start, []);
                _log[start].Add(ImageOf(packet));
                touched.Add(start);
            }
        }

        foreach (var start in touched)
        {
            WorkOut(start);
        }
    }

    /// <summary>The newest fact of each window in a span.</summary>
    public IEnumerable<EmittedMass> FactsIn(DateTimeOffset start, DateTimeOffset end) =>
        from window in _windows.Values
        where start <= window.Window.Start && window.Window.End <= end
        from fact in window.Facts
        where fact.Pollutant == "nox"
        select new EmittedMass(
            fact.Id, fact.Source, _member, fact.Pollutant, fact.Window.Start, fact.Window.End,
            fact.Milligrams);

    private void WorkOut(long startMs)
    {
        var revision = _windows.TryGetValue(startMs, out var known) ? known.Revision + 1 : 1;
        _windows[startMs] = WindowCalculation.Compute(
            _source, Shipped.Profile, new Window(startMs, startMs + Instruments.WindowMs),
            _log[startMs].GroupBy(image => image.Image.Device)
                .ToDictionary(group => group.Key, group => group.ToImmutableArray()),
            revision, DateTimeOffset.UnixEpoch);
    }

    private SourceImage ImageOf(Measured packet)
    {
        Reading Of(string point, double value, bool isBad = false) => new(
            point, isBad ? null : PointValue.Real(value), isBad ? Quality.Bad : Quality.Good,
            isBad ? Reason.DeviceFailure : Reason.None, packet.TimeMs);
        double At(int i) => packet.Quarters[i] / 4.0;
        ImmutableArray<Reading> readings = packet.IsGas
            ? [Of("nox", At(0), packet.IsBad), Of("co", 2), Of("o2", 14)]
            : [Of("flow", At(0)), Of("t", At(1)), Of("p", At(2), packet.IsBad)];
        return new SourceImage(
            new RecordId(_member, "gateway-1", Epoch, packet.Offset),
            new JournalRecord.Image(
                packet.IsGas ? "gas-analyser" : "flow-meter", packet.TimeMs,
                new Boot(Guid.Empty, packet.TimeMs), ClockState.Synced, readings));
    }
}
