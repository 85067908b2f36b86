using Monitoring.Agent.Devices;
using Monitoring.Agent.Probe;
using Monitoring.Agent.Sites;

namespace Monitoring.Tests.Probe;

public sealed class RegisterViewTests
{
    private static readonly ushort[] Words = [0x4248, 0x0000, 0x1234, 0x5678];

    [Theory]
    [InlineData("f32", 100, "50 2.377723E-41 198656 2.592122E-41")]
    [InlineData("u32", 102, "305419896 1450709556 873625686 2018915346")]
    [InlineData("bcd32", 102, "12345678 56781234 34127856 78563412")]
    [InlineData("bcd32", 101, "1234 12340000 3412 34120000")]
    [InlineData("u64", 100,
        "4776067405131830904 6230750099014697544 5206724120067340374 8671175384462542914")]
    public void Every_order_stands_beside_the_others(string type, int from, string expected)
    {
        var line = Lines(type).Single(line => line.TrimStart().StartsWith(
            $"{from}  {type}", StringComparison.Ordinal));
        Assert.Equal(Split(expected), Split(line)[2..]);
    }

    [Fact]
    public void A_register_is_shown_as_bits_numbers_and_letters()
    {
        var line = Lines(null).First(line => line.Contains("4248", StringComparison.Ordinal));
        Assert.Equal(
            Split("100 4248 0100 0010 0100 1000 16968 16968 18498 4248 BH"), Split(line));
    }

    [Fact]
    public void Nothing_is_made_of_registers_that_were_not_read()
    {
        Assert.DoesNotContain(Lines("f64"), line =>
            line.TrimStart().StartsWith("101", StringComparison.Ordinal));
        Assert.Empty(RegisterView.Lines(
            new ReadBlock(RegisterTable.Holding, 0, 1), [1], "f32"));
    }

    [Fact]
    public void Bits_are_on_or_off() => Assert.Equal(
        ["5 0 off", "6 1 on"],
        RegisterView.Lines(new ReadBlock(RegisterTable.Coil, 5, 2), [0, 1], null)
            .Select(line => string.Join(' ', Split(line))));

    [Theory]
    [InlineData("1", "1")]
    [InlineData("3-5,1,4", "1 3 4 5")]
    [InlineData("0", null)]
    [InlineData("5-3", null)]
    [InlineData("1-2-3", null)]
    [InlineData("", null)]
    [InlineData("248", null)]
    public void Units_are_written_as_numbers_and_ranges(string text, string? expected) =>
        Assert.Equal(expected, UnitList.Parse(text, 1, 247) is { } units
            ? string.Join(' ', units)
            : null);

    [Theory]
    [InlineData("tcp://10.0.0.1:1502")]
    [InlineData("rtu-tcp://[::1]:4001")]
    [InlineData("/dev/ttyUSB0")]
    public void A_link_is_one_word(string word)
    {
        var link = LinkWord.Parse(word, 19_200, "8E1", TimeSpan.FromSeconds(1));
        Assert.Equal(word, LinkWord.ToWord(link!));
    }

    [Theory]
    [InlineData("10.0.0.1:502")]
    [InlineData("http://10.0.0.1")]
    [InlineData("tcp://")]
    [InlineData("ttyUSB0")]
    public void Other_words_are_no_link(string word) =>
        Assert.Null(LinkWord.Parse(word, 19_200, "8E1", TimeSpan.FromSeconds(1)));

    private static List<string> Lines(string? only) => [.. RegisterView.Lines(
        new ReadBlock(RegisterTable.Holding, 100, Words.Length), Words, only)];

    private static string[] Split(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
