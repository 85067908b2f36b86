using CsCheck;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

public sealed class RecordFormatTests
{
    [Fact]
    public void Every_record_comes_back_as_it_was() => Gens.Record.Sample(record =>
        Assert.Equal(record, RecordFormat.Decode(RecordFormat.Encode(record), out _)));

    [Fact]
    public void A_text_that_is_no_text_is_refused()
    {
        var bytes = RecordFormat.Encode(new JournalRecord.Image(
            "device", 1_764_000_000_000, new Boot(Guid.Empty, 1), ClockState.Synced, []));
        bytes[bytes.AsSpan().IndexOf((byte)'v')] = 0xff;
        Assert.Null(RecordFormat.Decode(bytes, out var fault));
        Assert.NotNull(fault);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void A_time_from_which_no_other_can_be_told_is_refused(long timeMs)
    {
        var bytes = RecordFormat.Encode(new JournalRecord.Image(
            "device", timeMs, new Boot(Guid.Empty, 1), ClockState.Synced, []));
        Assert.Null(RecordFormat.Decode(bytes, out var fault));
        Assert.NotNull(fault);
    }

    [Fact]
    public void Every_cut_off_record_is_refused_with_a_fault() =>
        Gen.Select(Gens.Record, Gen.Double[0, 1]).Sample((record, at) =>
        {
            var bytes = RecordFormat.Encode(record);
            var cut = bytes.AsSpan(0, (int)(at * (bytes.Length - 1)));
            Assert.Null(RecordFormat.Decode(cut, out var fault));
            Assert.NotNull(fault);
        });

    [Fact]
    public void No_bytes_throw() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        var record = RecordFormat.Decode(bytes, out var fault);
        Assert.True(record is null == fault is not null);
    });

    [Fact]
    public void A_version_of_the_future_is_refused_by_its_number()
    {
        Assert.Null(RecordFormat.Decode([9, 1, 0], out var fault));
        Assert.Equal("record format version 9 is not known", fault);
    }

    [Fact]
    public void Reasons_have_one_name_each_and_come_back()
    {
        foreach (var reason in Enum.GetValues<Reason>())
        {
            Assert.Equal(reason, Reasons.Parse(Reasons.NameOf(reason)));
        }

        Assert.Equal(Reason.Unregistered, Reasons.Parse("never-heard-of"));
    }
}
