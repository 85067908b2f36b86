using Monitoring.Core;
using Monitoring.Core.Contracts;

namespace Monitoring.Tests.Core;

public sealed class PeriodTests
{
    [Theory]
    [InlineData("2026-11-24T10:15:00Z", "demo-bubble/2026-11-24T10:15:00Z")]
    [InlineData("2026-11-24T10:15:59.9999999Z", "demo-bubble/2026-11-24T10:15:00Z")]
    [InlineData("2026-11-24T12:16:00+02:00", "demo-bubble/2026-11-24T10:16:00Z")]
    [InlineData("2026-12-31T23:59:30Z", "demo-bubble/2026-12-31T23:59:00Z")]
    public void A_period_contains_its_start_and_not_its_end(string instant, string id)
    {
        var period = Period.Containing(Shipped.Contract, DateTimeOffset.Parse(instant));

        Assert.Equal(id, period.Id);
        Assert.Equal(TimeSpan.FromSeconds(60), period.Length);
        Assert.True(period.Contains(period.Start));
        Assert.False(period.Contains(period.End));
        Assert.Equal(period.End, period.Next(Shipped.Contract).Start);
        Assert.Equal(period, Period.Parse(Shipped.Contract, id));
    }

    [Theory]
    [InlineData("demo-bubble/2026-11-24T10:15:01Z")]
    [InlineData("other/2026-11-24T10:15:00Z")]
    [InlineData("demo-bubble")]
    [InlineData("demo-bubble/yesterday")]
    public void What_is_no_period_of_the_contract_is_none(string id) =>
        Assert.Null(Period.Parse(Shipped.Contract, id));

    [Fact]
    public void Ids_follow_from_content_and_keep_fields_apart()
    {
        Assert.Equal(ContentId.Of("a", "b"), ContentId.Of("a", "b"));
        Assert.NotEqual(ContentId.Of("a", "b"), ContentId.Of("ab"));
        Assert.NotEqual(ContentId.Of("a", "b"), ContentId.Of("ab", ""));
        // SHA-256 of 00 00 00 01 61, by sha256sum and base32.
        Assert.Equal("ol7wwauutwwzkadmgq7d3myvac", ContentId.Of("a"));
    }

    [Fact]
    public void A_record_is_found_by_its_text()
    {
        var id = new RecordId("plant-a", "gateway-1", "e1", 42);

        Assert.Equal(id, RecordId.Parse(id.ToString()));
        Assert.Null(RecordId.Parse("plant-a/gateway-1/e1"));
        Assert.Null(RecordId.Parse("plant-a/gateway-1/e1/-2"));
    }
}
