using Monitoring.Agent.Devices;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Devices;

/// <summary>Which of several things that are wrong with a reading is its reason.</summary>
public sealed class StatusTests
{
    private const string Yaml =
        """
        id: demo
        title: Demo
        source: made for a test
        protocol: modbus
        function: holding
        address_base: 0
        points:
          - {id: x, quantity: x, unit: "1", address: 0, type: f32, range: {min: 0, max: 100}}
          - {id: word, quantity: status, unit: "1", address: 2, type: u16}
          - {id: ok, quantity: status, unit: "1", function: discrete, address: 0, type: bit}
        status:
          - {point: word, mask: 0x0F, equals: 0x03, quality: bad, reason: calibration}
          - {point: word, mask: 0x10, quality: uncertain, reason: maintenance}
          - {point: ok, equals: 0, quality: bad, reason: fault}
        """;

    private static RawPoint Value(double value) => RawPoint.Good(PointValue.Real(value), 1);

    private static RawPoint Word(long value) => RawPoint.Good(PointValue.Integer(value), 1);

    private static RawPoint Ok(bool value) => RawPoint.Good(PointValue.Flag(value), 1);

    private static RawPoint Absent(Reason reason) => RawPoint.Absent(reason, 1);

    private static (Quality Quality, Reason Reason) Judge(RawPoint x, RawPoint word, RawPoint ok)
    {
        var faults = new Faults();
        var map = DeviceMapReader.Read("demo.yaml", Yaml, faults);
        Assert.Empty(faults.All);
        var readings = ImageDecoder.Finish(map, [x, word, ok]);
        Assert.Equal(x.Value, readings[0].Value);
        Assert.Equal(word.Reason, readings[1].Reason);
        return (readings[0].Quality, readings[0].Reason);
    }

    [Fact]
    public void The_first_rule_that_matches_decides()
    {
        Assert.Equal((Quality.Good, Reason.None), Judge(Value(1), Word(0), Ok(true)));
        Assert.Equal((Quality.Bad, Reason.Calibration), Judge(Value(1), Word(0x13), Ok(false)));
        Assert.Equal((Quality.Good, Reason.None), Judge(Value(1), Word(0x01), Ok(true)));
        Assert.Equal(
            (Quality.Uncertain, Reason.Maintenance), Judge(Value(1), Word(0x11), Ok(false)));
        Assert.Equal((Quality.Bad, Reason.Fault), Judge(Value(1), Word(0), Ok(false)));
    }

    [Fact]
    public void What_is_wrong_with_the_value_comes_before_the_status() => Assert.Equal(
        (Quality.Bad, Reason.OutOfRange), Judge(Value(101), Word(3), Ok(true)));

    [Fact]
    public void Where_the_instrument_gives_no_value_its_status_says_why()
    {
        var none = Absent(Reason.NotANumber);
        Assert.Equal((Quality.Bad, Reason.Calibration), Judge(none, Word(3), Ok(true)));
        Assert.Equal((Quality.Bad, Reason.Maintenance), Judge(none, Word(0x10), Ok(true)));
        Assert.Equal((Quality.Bad, Reason.NotANumber), Judge(none, Word(0), Ok(true)));
        Assert.Equal(
            (Quality.Bad, Reason.Timeout), Judge(Absent(Reason.Timeout), Word(3), Ok(true)));
    }

    [Fact]
    public void A_status_that_was_not_read_casts_doubt_on_a_good_value()
    {
        var silent = Absent(Reason.IllegalAddress);
        Assert.Equal((Quality.Uncertain, Reason.IllegalAddress), Judge(Value(1), silent, Ok(true)));
        Assert.Equal((Quality.Bad, Reason.Fault), Judge(Value(1), silent, Ok(false)));
        Assert.Equal(
            (Quality.Bad, Reason.NotANumber), Judge(Absent(Reason.NotANumber), silent, Ok(true)));
    }
}
