using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Interop;

/// <summary>What a foreign Sparkplug node publishes is what our hub reads.</summary>
public sealed class OthersReadByUsTests
{
    /// <summary>A foreign birth with every scalar type, and the value that we must read.</summary>
    private static readonly (string Type, string Json, PointValue? Value)[] Scalars =
    [
        ("Int8", "-8", PointValue.Integer(-8)),
        ("Int16", "-16", PointValue.Integer(-16)),
        ("Int32", "-2147483648", PointValue.Integer(int.MinValue)),
        ("Int64", "\"-9007199254740993\"", PointValue.Integer(-9_007_199_254_740_993)),
        ("UInt8", "255", PointValue.Integer(255)),
        ("UInt16", "65535", PointValue.Integer(65535)),
        ("UInt32", "4294967295", PointValue.Integer(uint.MaxValue)),
        ("UInt64", "\"9223372036854775807\"", PointValue.Integer(long.MaxValue)),
        ("Float", "0.5", PointValue.Real(0.5)),
        ("Double", "48.25", PointValue.Real(48.25)),
        ("Boolean", "false", PointValue.Flag(false)),
        ("String", "\"ü\"", PointValue.Of("ü")),
        ("DateTime", "1700000000123", PointValue.Integer(1_700_000_000_123)),
        ("Text", "\"\"", PointValue.Of("")),
        ("Double", "null", null),
    ];

    [Fact]
    public async Task Every_scalar_type()
    {
        var metrics = Scalars.Select((row, i) =>
            $$"""{"name":"m{{i}}","type":"{{row.Type}}","value":{{row.Json}},"timestamp":1}""");
        var payload = await Read(
            $$"""{"timestamp":1,"seq":0,"metrics":[{{string.Join(',', metrics)}}]}""");
        Assert.Equal(0UL, payload.Seq);
        Assert.Equal(Scalars.Length, payload.Metrics.Length);
        foreach (var (row, metric) in Scalars.Zip(payload.Metrics))
        {
            Assert.Equal(row.Type, metric.Type.ToString());
            Assert.Equal(row.Value is null, metric.IsNull);
            Assert.Equal(row.Value, metric.Value.As(metric.Type!.Value));
        }
    }

    [Fact]
    public async Task Flags_alias_and_properties()
    {
        var payload = await Read("""
            {"timestamp":1,"seq":255,"metrics":[{"name":"a","alias":7,"type":"Double","value":1,
            "isHistorical":true,"isTransient":true,"properties":{"Quality":{"type":"Int32",
            "value":500},"Reason":{"type":"String","value":"timeout"},"None":{"type":"Int32",
            "value":null}}},{"name":"b","alias":0,"type":"Double","value":0}]}
            """);
        var (a, b) = (payload.Metrics[0], payload.Metrics[1]);
        Assert.Equal((7UL, true, true), (a.Alias, a.IsHistorical, a.IsTransient));
        Assert.Equal((0UL, false, false), (b.Alias, b.IsHistorical, b.IsTransient));
        Assert.Equal(500, a.Find(MetricNames.Quality)!.Value.Value.AsLong());
        Assert.Equal("timeout", a.Find(MetricNames.Reason)!.Value.Value.Text);
        Assert.Equal(MetricValueKind.None, a.Find("None")!.Value.Value.Kind);
    }

    [Fact]
    public async Task A_rebirth_command()
    {
        var payload = await Read("""
            {"timestamp":1,"metrics":[
            {"name":"Node Control/Rebirth","type":"Boolean","value":true}]}
            """);
        Assert.Null(payload.Seq);
        Assert.IsType<NodeCommand.Rebirth>(Assert.Single(HostMessages.Commands(payload)));
    }

    private static async Task<Payload> Read(string json)
    {
        var bytes = await ForeignCodec.Encode(json.ReplaceLineEndings(""));
        var payload = PayloadDecoder.Decode(bytes, out var fault);
        Assert.True(payload is not null, fault);
        return payload;
    }
}
