using CsCheck;
using Monitoring.Agent.Devices;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

public sealed class RegisterTests
{
    private static DevicePoint Point(RegisterType type, ByteOrder order) => new()
    {
        Id = "x",
        Quantity = "x",
        Unit = "1",
        Source = new PointSource.Registers(RegisterTable.Holding, 0, type) { Order = order },
    };

    private static Reading Decode(DevicePoint point, params ushort[] words)
    {
        var map = new DeviceMap
        {
            Id = "m",
            Title = "m",
            Source = "m",
            Protocol = DeviceProtocol.Modbus,
            Points = [point],
            StatusRules = [],
            SequencePoint = null,
        };
        return Assert.Single(TestFiles.Decode(map, words));
    }

    private static Reading Expect(PointValue? value, Quality quality, Reason reason) =>
        new("x", value, quality, reason, 1);

    [Theory]
    [InlineData(RegisterType.U32, ByteOrder.Abcd, 0x1234, 0x5678, 0x12345678)]
    [InlineData(RegisterType.U32, ByteOrder.Cdab, 0x5678, 0x1234, 0x12345678)]
    [InlineData(RegisterType.U32, ByteOrder.Badc, 0x3412, 0x7856, 0x12345678)]
    [InlineData(RegisterType.U32, ByteOrder.Dcba, 0x7856, 0x3412, 0x12345678)]
    [InlineData(RegisterType.U32, ByteOrder.Abcd, 0xFFFF, 0xFFFF, 4294967295)]
    [InlineData(RegisterType.I32, ByteOrder.Abcd, 0xFFFF, 0xFFFE, -2)]
    [InlineData(RegisterType.F32, ByteOrder.Cdab, 0xD47A, 0x43E8, 465.66)]
    [InlineData(RegisterType.F32, ByteOrder.Abcd, 0x43E8, 0xD47A, 465.66)]
    [InlineData(RegisterType.F32, ByteOrder.Dcba, 0x7AD4, 0xE843, 465.66)]
    public void Two_registers_decode(
        RegisterType type, ByteOrder order, int first, int second, double expected)
    {
        var value = Decode(Point(type, order), (ushort)first, (ushort)second);
        Assert.Equal(Quality.Good, value.Quality);
        Assert.Equal(expected, value.Value!.Value.AsNumber()!.Value, 0.001);
    }

    [Theory]
    [InlineData(RegisterType.U16, ByteOrder.Abcd, 0xFFFE, 65534)]
    [InlineData(RegisterType.I16, ByteOrder.Abcd, 0xFFFE, -2)]
    [InlineData(RegisterType.U16, ByteOrder.Badc, 0x3412, 0x1234)]
    public void One_register_decodes(
        RegisterType type, ByteOrder order, int word, double expected) =>
        Assert.Equal(
            expected,
            Decode(Point(type, order), (ushort)word).Value!.Value.AsNumber());

    [Fact]
    public void What_is_no_value_says_why()
    {
        var real = Point(RegisterType.F32, ByteOrder.Abcd);
        var notANumber = Expect(null, Quality.Bad, Reason.NotANumber);
        Assert.Equal(notANumber, Decode(real, 0x7FC0, 0));
        Assert.Equal(notANumber, Decode(real, 0x7F80, 0));
        var word = Point(RegisterType.I16, ByteOrder.Abcd) with
        {
            Source = new PointSource.Registers(RegisterTable.Holding, 0, RegisterType.I16)
            {
                Sentinels = [0x8000],
            },
            Scale = 0.1m,
            Range = new ValueRange(-5, 5),
        };
        Assert.Equal(Expect(null, Quality.Bad, Reason.Sentinel), Decode(word, 0x8000));
        Assert.Equal(
            Expect(PointValue.Real(5.1), Quality.Bad, Reason.OutOfRange), Decode(word, 51));
        Assert.Equal(Expect(PointValue.Real(5), Quality.Good, Reason.None), Decode(word, 50));
    }

    [Fact]
    public void Decode_of_encode_is_the_value() => Gen.Select(
            Gen.Int[0, 4].Select(i => (RegisterType)i), Gen.Enum<ByteOrder>(),
            Gen.Int[-32_000, 32_000],
            Gen.Int[0, 3].Select(i => new[] { 1m, 0.1m, 0.001m, 2m }[i]),
            Gen.Int[0, 2].Select(i => new[] { 0m, -40m, 0.5m }[i]))
        .Sample((type, order, raw, scale, offset) =>
        {
            var point = Point(type, order) with { Scale = scale, Offset = offset };
            var isUnsigned = type is RegisterType.U16 or RegisterType.U32;
            var value = (isUnsigned ? Math.Abs(raw) : raw) * scale + offset;
            var words = RegisterCodec.Encode(point, value);
            var decoded = Decode(point, words!).Value!.Value.AsNumber()!.Value;
            Assert.Equal((double)value, decoded, 1e-6);
        });

    [Theory]
    [InlineData(RegisterType.U16, 65536)]
    [InlineData(RegisterType.U16, -1)]
    [InlineData(RegisterType.I16, 32768)]
    [InlineData(RegisterType.U32, 4294967296)]
    public void What_does_not_fit_is_not_encoded(RegisterType type, double value) =>
        Assert.Null(RegisterCodec.Encode(Point(type, ByteOrder.Abcd), (decimal)value));

    [Theory]
    [InlineData(0x0000, Reason.None, Reason.None)]
    [InlineData(0x0001, Reason.Maintenance, Reason.Maintenance)]
    [InlineData(0x0002, Reason.Fault, Reason.Fault)]
    [InlineData(0x0003, Reason.Fault, Reason.Fault)]
    [InlineData(0x0004, Reason.Calibration, Reason.None)]
    public void The_status_word_judges_the_readings(int status, Reason flow, Reason temperature)
    {
        var map = TestFiles.Site("plant-a.yaml").Gateways[0].Devices[1].Map;
        ushort[] words = [1, 0, 5000, 10132, (ushort)status, 0, 0, 7];
        var readings = TestFiles.Decode(map, words).ToDictionary(reading => reading.Point);
        Assert.Equal(flow, readings["flow"].Reason);
        Assert.Equal(temperature, readings["t"].Reason);
        Assert.Equal(Quality.Good, readings["sequence"].Quality);
        Assert.Equal(PointValue.Integer(7), readings["sequence"].Value);
        Assert.NotNull(readings["flow"].Value);
    }

    [Fact]
    public void A_silent_device_has_an_image_of_absences()
    {
        var map = TestFiles.Site("plant-a.yaml").Gateways[0].Devices[0].Map;
        var readings = ImageDecoder.Absent(map, Reason.Timeout, 1);
        Assert.Equal(map.Points.Length, readings.Length);
        Assert.All(readings, reading => Assert.Equal(
            (null, Quality.Bad, Reason.Timeout), (reading.Value, reading.Quality, reading.Reason)));
    }
}
