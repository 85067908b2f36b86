using System.Collections.Immutable;
using System.Text;
using CsCheck;
using Monitoring.Core.Exports;

namespace Monitoring.Tests.Core;

/// <summary>What leaves for regulators: frames, totals, files.</summary>
public sealed class ExportTests
{
    /// <summary>The example of HJ 212-2017, appendix A, with its right check.</summary>
    private const string Example =
        "##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;"
        + "CP=&&RtdInterval=30&&1C80\r\n";

    private static readonly Gen<string> Word =
        Gen.Char["abcdefgXYZ0123456789-."].Array[1, 12].Select(signs => new string(signs));

    private static readonly Gen<Hj212Packet> Packets = Gen.Select(
        Gen.Select(Word, Word).Array[1, 3].Array[0, 8], Gen.Bool, Gen.Int[1, 9], Gen.Int[0, 9],
        (items, asks, count, number) => new Hj212Packet(
            "20160801085857223", "31", "2051", "123456", "010000A8900016F000169DC0", asks,
            number is 0 || number > count ? null : (count, number),
            [.. items.Select(fields => new Hj212Item([.. fields]))]));

    [Fact]
    public void The_example_of_the_standard()
    {
        var found = Decode(Example);
        Assert.Equal("", found.Fault);
        Assert.Equal("1062", found.Packet!.Command);
        Assert.True(found.Packet.AsksForAnswer);
        Assert.Equal("30", found.Packet.Content.Single().Find("RtdInterval"));
        Assert.Equal(Example, Hj212Frame.Encode(found.Packet));
    }

    [Fact]
    public void What_is_written_is_read_again() => Packets.Sample(packet =>
    {
        var frame = Hj212Frame.Encode(packet);
        var found = Decode(frame);
        Assert.Equal("", found.Fault);
        Assert.Equal(frame.Length, found.Consumed);
        Assert.Equal(frame, Hj212Frame.Encode(found.Packet!));
        Assert.Equal(packet.Part, found.Packet!.Part);
        Assert.Equal(packet.AsksForAnswer, found.Packet.AsksForAnswer);
        Assert.Equal(
            packet.Content.SelectMany(item => item.Fields),
            found.Packet.Content.SelectMany(item => item.Fields));
    });

    [Fact]
    public void No_changed_bit_goes_unseen() => Gen.Select(
        Packets, Gen.Int[0, 2_000], Gen.Int[0, 7]).Sample((packet, at, bit) =>
    {
        var bytes = Encoding.ASCII.GetBytes(Hj212Frame.Encode(packet));
        bytes[at % bytes.Length] ^= (byte)(1 << bit);
        var found = Hj212Frame.Decode(bytes);

        // The four digits of the check may be of either case; nothing else may differ.
        Assert.True(
            found.Packet is null
            || Hj212Frame.Encode(found.Packet) == Hj212Frame.Encode(packet));
    });

    [Fact]
    public void A_frame_is_found_after_noise_and_not_before_it_is_whole()
    {
        var bytes = Encoding.ASCII.GetBytes("noise#" + Example);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Null(Hj212Frame.Decode(bytes.AsSpan(0, length)).Packet);
        }

        Assert.NotNull(Hj212Frame.Decode(bytes).Packet);
        Assert.Equal(bytes.Length, Hj212Frame.Decode(bytes).Consumed);
    }

    [Fact]
    public void Any_bytes_are_consumed_or_waited_for() =>
        Gen.Byte.Array[0, 60].Sample(bytes =>
        {
            var found = Hj212Frame.Decode(bytes);
            Assert.InRange(found.Consumed, 0, bytes.Length);
        });

    [Theory]
    [InlineData("##01x1QN=1&&")]
    [InlineData("##9999QN=1&&")]
    public void A_length_that_is_none_is_told(string frame) =>
        Assert.Contains("length", Decode(frame).Fault, StringComparison.Ordinal);

    [Fact]
    public void A_wrong_check_is_told_with_the_right_one() => Assert.Contains(
        "1C80", Decode(Example.Replace("1C80", "1C08", StringComparison.Ordinal)).Fault,
        StringComparison.Ordinal);

    [Fact]
    public void A_sign_that_ends_a_field_is_not_written() => Assert.Throws<ArgumentException>(() =>
        Hj212Frame.Encode(Decode(Example).Packet! with { Password = "a;b" }));

    [Fact]
    public void A_message_of_an_hour()
    {
        var packet = Assert.Single(Messages(1));
        Assert.Equal("2061", packet.Command);
        Assert.Equal("20261126080000", packet.Content[0].Find("DataTime"));
        Assert.Equal("12.5", packet.Content[1].Find("a21026-Avg"));
        Assert.Equal("15", packet.Content[1].Find("a21026-ZsAvg"));
        Assert.Equal("N", packet.Content[1].Find("a21026-Flag"));
    }

    [Fact]
    public void A_long_message_goes_in_several_packets_and_loses_nothing()
    {
        var packets = Messages(40);
        Assert.True(packets.Length > 1);
        Assert.Equal(
            Enumerable.Range(1, packets.Length).Select(i => ((int, int)?)(packets.Length, i)),
            packets.Select(packet => packet.Part));
        Assert.All(packets, packet =>
        {
            Assert.NotNull(packet.Content[0].Find("DataTime"));
            Assert.Equal("", Decode(Hj212Frame.Encode(packet)).Fault);
        });
        Assert.Equal(40, packets.Sum(packet => packet.Content.Length - 1));
    }

    [Theory]
    [InlineData("123456", "123000")]
    [InlineData("123500", "124000")]
    [InlineData("-123500", "-124000")]
    [InlineData("999.5", "1000")]
    [InlineData("0.0012345", "0.00123")]
    [InlineData("0", "0")]
    public void Three_significant_digits(string value, string rounded) => Assert.Equal(
        decimal.Parse(rounded), ReleaseReport.Significant(decimal.Parse(value)));

    [Theory]
    [InlineData("nox", "100000000", false)]
    [InlineData("nox", "100000001", true)]
    [InlineData("hg", "10000", false)]
    [InlineData("hg", "10001", true)]
    public void A_release_is_reported_above_its_threshold(
        string pollutant, string grams, bool isReported)
    {
        var release = ReleaseReport.Of(pollutant, decimal.Parse(grams), 0)!;
        Assert.Equal(isReported, release.IsReported);
        Assert.EndsWith("unverified constant", release.Threshold.ToTrace().Source);
    }

    [Fact]
    public void Without_a_threshold_there_is_no_report() =>
        Assert.Null(ReleaseReport.Of("toc", 1, 0));

    [Fact]
    public void A_table_is_quoted_where_it_must_be_and_no_text_is_a_formula() => Assert.Equal(
        "a,b\r\n\"x,y\",1.5\r\n\"say \"\"so\"\"\",\r\n'=1+1,-2\r\n",
        CsvText.Of(["a", "b"], [["x,y", 1.5m], ["say \"so\"", null], ["=1+1", -2m]]));

    private static Hj212Outcome Decode(string frame) =>
        Hj212Frame.Decode(Encoding.ASCII.GetBytes(frame));

    [Theory]
    [InlineData(20, 0, 51.0, 'N')]
    [InlineData(19, 5, null, 'D')]
    [InlineData(0, 24, null, 'D')]
    public void A_day_needs_twenty_hours(int valid, int broken, double? mean, char mark)
    {
        ImmutableArray<Hj212Value>[] hours =
        [
            .. Enumerable.Range(0, valid).Select(i => ImmutableArray.Create(
                new Hj212Value("so2", i == 0 ? 70 : 50, i == 0 ? 75 : 55, 0.5m, 'N'))),
            .. Enumerable.Range(0, broken).Select(i => ImmutableArray.Create(
                new Hj212Value("so2", null, null, null, i == 0 ? 'M' : 'D'))),
        ];
        var day = Hj212Message.DayOf(hours, 20, 6).Single();
        Assert.Equal(((decimal?)mean, mark), (day.Average, day.Mark));
        Assert.Equal(mean is null ? null : 56m, day.Standardised);
        Assert.Equal(valid == 0 ? null : valid * 0.5m, day.Total);
    }

    private static ImmutableArray<Hj212Packet> Messages(int values) =>
        Hj212Message.Of(
            Hj212Span.Hour, new Hj212Sender("31", "123456", "010000A8900016F000169DC0"),
            new DateTime(2026, 11, 26, 8, 0, 0), new DateTime(2026, 11, 26, 9, 0, 5),
            [.. Enumerable.Repeat(new Hj212Value("so2", 12.5m, 15, 0.8m, 'N'), values)]);
}
