using System.Globalization;
using Google.Protobuf;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Benchmarks;

/// <summary>Our Sparkplug codec beside what protoc generates for Google.Protobuf.</summary>
public static class WireCodec
{
    private const int Metrics = 50;

    private static readonly Payload Sample = new()
    {
        TimestampMs = 1_795_490_567_528,
        Seq = 7,
        Metrics =
        [
            .. Enumerable.Range(0, Metrics).Select(i => new Metric
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"point-{i}"),
                TimestampMs = 1_795_490_567_528,
                Type = DataType.Double,
                Value = MetricValue.Double(83.573 + i),
                Properties = i % 10 > 0
                    ? []
                    :
                    [
                        new Property("Quality", DataType.Int32, MetricValue.Int(64)),
                        new Property("Reason", DataType.String, MetricValue.String("warm-up")),
                    ],
            }),
        ],
    };

    /// <summary>Nanoseconds a metric to read a payload of fifty.</summary>
    public static IEnumerable<Figure> Decode()
    {
        var bytes = PayloadEncoder.Encode(Sample);
        return Duel.Run(
            "wire.decode", Metrics,
            () => Require(PayloadDecoder.Decode(bytes, out _)?.Metrics.Length == Metrics),
            () => Require(Peer.Payload.Parser.ParseFrom(bytes).Metrics.Count == Metrics));
    }

    /// <summary>Nanoseconds a metric to write the same payload.</summary>
    public static IEnumerable<Figure> Encode()
    {
        var bytes = PayloadEncoder.Encode(Sample);
        var peer = Peer.Payload.Parser.ParseFrom(bytes);
        return Duel.Run(
            "wire.encode", Metrics,
            () => Require(PayloadEncoder.Encode(Sample).Length == bytes.Length),
            () => Require(peer.ToByteArray().Length == bytes.Length));
    }

    private static void Require(bool isRight)
    {
        if (!isRight)
        {
            throw new InvalidOperationException("The codec came to another result.");
        }
    }
}
