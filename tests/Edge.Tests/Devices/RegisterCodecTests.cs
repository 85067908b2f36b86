using CsCheck;
using Monitoring.Agent.Devices;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Devices;

/// <summary>Every type in every order: there and back, and never a wrong number.</summary>
public sealed class RegisterCodecTests
{
    private static readonly Gen<RegisterType> NumberTypes =
        Gen.Enum<RegisterType>().Where(type => type != RegisterType.Text);

    private static PointSource.Registers Source(
        RegisterType type, ByteOrder order = ByteOrder.Abcd, int textRegisters = 0) =>
        new(RegisterTable.Holding, 0, type)
        {
            Order = order,
            TextRegisters = textRegisters,
        };

    private static DevicePoint Point(PointSource.Registers source) => new()
    {
        Id = "x",
        Quantity = "x",
        Unit = "1",
        Source = source,
    };

    private static PointValue? Decode(PointSource.Registers source, params ushort[] words) =>
        RegisterCodec.Decode(source, words, 1).Value;

    private static Reason Missing(PointSource.Registers source, params ushort[] words)
    {
        var raw = RegisterCodec.Decode(source, words, 1);
        Assert.Null(raw.Value);
        Assert.Equal(Quality.Bad, raw.Quality);
        return raw.Reason;
    }

    private static (decimal Min, decimal Max) Limits(RegisterType type) => type switch
    {
        RegisterType.U16 => (0, ushort.MaxValue),
        RegisterType.I16 => (short.MinValue, short.MaxValue),
        RegisterType.U32 => (0, uint.MaxValue),
        RegisterType.I32 => (int.MinValue, int.MaxValue),
        RegisterType.U64 => (0, long.MaxValue),
        RegisterType.I64 => (long.MinValue, long.MaxValue),
        RegisterType.Bcd16 => (0, 9_999),
        RegisterType.Bcd32 => (0, 99_999_999),
        RegisterType.Bit => (0, 1),
        _ => (-1_000_000, 1_000_000),
    };

    [Fact]
    public void A_number_of_any_type_and_order_comes_back() => Gen.Select(
            NumberTypes, Gen.Enum<ByteOrder>(), Gen.Double[0, 1])
        .Sample((type, order, share) =>
        {
            var source = Source(type, order) with { Bit = type == RegisterType.Bit ? 5 : null };
            var (min, max) = Limits(type);
            var number = Math.Round(min + (max - min) * (decimal)share, 0);
            var words = RegisterCodec.Encode(Point(source), number);
            Assert.Equal((double)number, Decode(source, words!)!.Value.AsNumber());
        });

    [Fact]
    public void What_a_whole_type_cannot_hold_is_not_encoded() =>
        NumberTypes.Where(type => type is not (RegisterType.F32 or RegisterType.F64))
            .Sample(type =>
            {
                var (min, max) = Limits(type);
                Assert.NotNull(RegisterCodec.Encode(Point(Source(type)), min));
                Assert.NotNull(RegisterCodec.Encode(Point(Source(type)), max));
                Assert.Null(RegisterCodec.Encode(Point(Source(type)), min - 1));
                Assert.Null(RegisterCodec.Encode(Point(Source(type)), max + 1));
            });

    [Fact]
    public void A_text_of_any_order_comes_back() => Gen.Select(
            Gen.Enum<ByteOrder>(), Gen.Char[' ', '~'].Array[1, 16], Gen.Int[8, 32])
        .Sample((order, letters, registers) =>
        {
            var text = new string(letters).TrimEnd(' ');
            var source = Source(RegisterType.Text, order, registers);
            var words = new ushort[registers];
            Assert.True(RegisterCodec.WriteText(source, text, words));
            var read = Decode(source, words);
            Assert.Equal(text, read?.Text ?? "");
        });

    [Fact]
    public void Any_bits_decode_to_a_value_of_the_kind_or_a_reason() => Gen.Select(
            Gen.Enum<RegisterType>(), Gen.Enum<ByteOrder>(), Gen.UShort.Array[42],
            Gen.Int[0, 15], Gen.Bool)
        .Sample((type, order, words, bit, hasFactor) =>
        {
            var source = Source(type, order, 8) with
            {
                Bit = type == RegisterType.Bit ? bit : null,
                ValueAt = 1,
                ScaleFactorAt = hasFactor && type != RegisterType.Bit ? 0 : null,
            };
            var raw = RegisterCodec.Decode(source, words.AsSpan(0, source.Count), 1);
            var kind = Point(source).Kind;
            Assert.Equal(raw.Value is null, raw.Reason != Reason.None);
            Assert.True(raw.Value is null || raw.Value.Value.Kind == kind);
        });

    [Theory]
    [InlineData(ByteOrder.Abcd, 0x0123, 0x4567, 0x89AB, 0xCDEF)]
    [InlineData(ByteOrder.Cdab, 0xCDEF, 0x89AB, 0x4567, 0x0123)]
    [InlineData(ByteOrder.Badc, 0x2301, 0x6745, 0xAB89, 0xEFCD)]
    [InlineData(ByteOrder.Dcba, 0xEFCD, 0xAB89, 0x6745, 0x2301)]
    public void Sixty_four_bits_follow_the_same_two_flags(
        ByteOrder order, int a, int b, int c, int d)
    {
        ushort[] words = [(ushort)a, (ushort)b, (ushort)c, (ushort)d];
        var whole = PointValue.Integer(0x0123456789ABCDEF);
        Assert.Equal(whole, Decode(Source(RegisterType.U64, order), words));
        Assert.Equal(whole, Decode(Source(RegisterType.I64, order), words));
    }

    [Fact]
    public void A_number_above_63_bits_is_absent_and_not_negative() => Assert.Equal(
        Reason.OutOfRange, Missing(Source(RegisterType.U64), 0x8000, 0, 0, 0));

    [Fact]
    public void A_digit_above_nine_is_no_bcd()
    {
        Assert.Equal(PointValue.Integer(1234), Decode(Source(RegisterType.Bcd16), 0x1234));
        Assert.Equal(
            PointValue.Integer(12345678),
            Decode(Source(RegisterType.Bcd32, ByteOrder.Cdab), 0x5678, 0x1234));
        Assert.Equal(Reason.NotANumber, Missing(Source(RegisterType.Bcd16), 0x12A4));
        Assert.Equal(Reason.NotANumber, Missing(Source(RegisterType.Bcd32), 0xF000, 0));
    }

    [Theory]
    [InlineData(RegisterType.U32, new[] { 0xFFFF, 0xFFFF }, 0xFFFFFFFF)]
    [InlineData(RegisterType.I64, new[] { 0x8000, 0, 0, 0 }, 0x8000000000000000)]
    [InlineData(RegisterType.F32, new[] { 0xC61C, 0x3C00 }, 0xC61C3C00)]
    [InlineData(RegisterType.Bit, new[] { 0xFFFF }, 0xFFFF)]
    public void A_sentinel_of_any_width_is_no_value(
        RegisterType type, int[] words, ulong sentinel) => Assert.Equal(
        Reason.Sentinel,
        Missing(
            Source(type) with { Sentinels = [sentinel], Bit = 3 },
            [.. words.Select(word => (ushort)word)]));

    [Fact]
    public void A_text_ends_at_its_padding_and_is_printable_or_absent()
    {
        var source = Source(RegisterType.Text, textRegisters: 3);
        Assert.Equal(PointValue.Of("N2O"), Decode(source, 0x4E32, 0x4F00, 0x4142));
        Assert.Equal(PointValue.Of("CO"), Decode(source, 0x434F, 0x2020, 0x2020));
        Assert.Equal(Reason.NotANumber, Missing(source, 0x4307, 0x2020, 0x2020));
        Assert.Equal(Reason.Sentinel, Missing(source, 0, 0, 0));
    }

    [Fact]
    public void A_bit_is_written_beside_the_others()
    {
        var source = Source(RegisterType.Bit) with { Bit = 9 };
        ushort[] word = [0x8001];
        Assert.True(RegisterCodec.Write(Point(source), 1, word));
        Assert.Equal(0x8201, word[0]);
        Assert.Equal(PointValue.Flag(true), Decode(source, word));
        Assert.True(RegisterCodec.Write(Point(source), 0, word));
        Assert.Equal(0x8001, word[0]);
    }

    [Theory]
    [InlineData(0xFFFF, 123.4, Reason.None)]
    [InlineData(0x0002, 123400.0, Reason.None)]
    [InlineData(0x8000, null, Reason.Sentinel)]
    [InlineData(0x000B, null, Reason.OutOfRange)]
    public void A_scale_factor_is_the_power_of_ten(int factor, double? expected, Reason reason)
    {
        var source = Source(RegisterType.I16) with { ScaleFactorAt = 2 };
        var raw = RegisterCodec.Decode(source, [1234, 7, (ushort)factor], 1);
        Assert.Equal(expected, raw.Value?.AsNumber());
        Assert.Equal(reason, raw.Reason);
    }
}
