using Monitoring.Server.Projection;

namespace Monitoring.Tests.Surface;

/// <summary>Answers as InfluxDB 1.6.7 gave them.</summary>
public sealed class InfluxAnswersTests
{
    [Theory]
    [InlineData("""{"error":"database not found: \"e\""}""", "database not found: \"e\"")]
    [InlineData(
        """{"results":[{"statement_id":0,"error":"database not found: e"}]}""",
        "database not found: e")]
    [InlineData("""{"code":"invalid","message":"no such bucket"}""", "no such bucket")]
    [InlineData("""{"results":[{"statement_id":0}]}""", null)]
    [InlineData("<html>502 Bad Gateway</html>", null)]
    [InlineData("", null)]
    [InlineData("[]", null)]
    [InlineData("""{"results":7,"error":7}""", null)]
    public void An_error_is_found_wherever_it_stands(string text, string? error) =>
        Assert.Equal(error, InfluxAnswers.ErrorIn(text));

    [Fact]
    public void A_row_of_numbers_is_read_by_column()
    {
        var row = InfluxAnswers.FirstRow(
            """
            {"results":[{"statement_id":0,"series":[{"name":"projection",
                "columns":["time","record","window"],"values":[[0,60,null]]}]}]}
            """)!;
        Assert.Equal((60, false), (row["record"], row.ContainsKey("window")));
        Assert.Empty(InfluxAnswers.FirstRow("""{"results":[{"statement_id":0}]}""")!);
        Assert.Null(InfluxAnswers.FirstRow("{}"));
        Assert.Null(InfluxAnswers.FirstRow(""));
    }

    [Theory]
    [InlineData("""{"results":[{"series":[{"columns":["a"],"values":[[1""")]
    [InlineData("{\"error\":\"a\0b\"}")]
    [InlineData("[]")]
    public void What_is_cut_off_or_garbled_is_no_answer(string text)
    {
        Assert.Null(InfluxAnswers.FirstRow(text));
        Assert.Null(InfluxAnswers.ErrorIn(text));
    }

    [Fact]
    public void Half_a_pair_and_rows_that_are_none_end_nothing()
    {
        Assert.Equal("\"\\ud800\"", InfluxAnswers.ErrorIn("""{"error":"\ud800"}"""));
        Assert.Empty(InfluxAnswers.FirstRow(
            """{"results":[{"series":[{"columns":["a"],"values":[1]}]}]}""")!);
    }

    [Fact]
    public void Lines_that_could_not_be_read_are_told_with_why()
    {
        const string Reason = "partial write: unable to parse 'c v= 17': missing field value\n"
            + "unable to parse 'c v=1e400 17': invalid float dropped=0";
        Assert.Equal(0, InfluxAnswers.DroppedIn(Reason));
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["c v= 17"] = "missing field value",
                ["c v=1e400 17"] = "invalid float dropped=0",
            },
            InfluxAnswers.UnreadableIn(Reason));
        Assert.Null(InfluxAnswers.DroppedIn("unable to parse 'c,x=a\\ v=1 17': invalid tag"));
        Assert.True(InfluxAnswers.IsOnlyExpiry(
            "partial write: points beyond retention policy dropped=1"));
    }
}
