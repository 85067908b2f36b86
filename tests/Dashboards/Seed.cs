using System.Globalization;
using System.Text;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests.Dashboards;

/// <summary>
/// Points as the hub's projection writes them, for a quarter of an hour of two plants. Every
/// number is a float. The schema:
/// <list type="bullet">
/// <item>reading: plant, device, point; value, quality</item>
/// <item>average: plant, source, member, zone, pollutant; value, coverage (percent)</item>
/// <item>fact: plant, source, member, zone, pollutant; mass_mg</item>
/// <item>quota: bubble, member (_bubble: the whole), pollutant; used_t, holding_t, used_percent,
/// forecast_t, forecast_percent</item>
/// <item>alert: bubble, member, level; state (1 raised, 0 cleared), ratio_percent, text</item>
/// <item>fund: account, currency; balance, amount, period (text)</item>
/// </list>
/// </summary>
public static class Seed
{
    private const int Steps = 90;
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

    private static readonly string[] Plants = ["plant-a", "plant-b"];

    public static async Task Write(InfluxServer influx, string database, DateTimeOffset now)
    {
        using (await influx.Query("", $"CREATE DATABASE {database}"))
        {
        }

        var lines = new StringBuilder();
        for (var i = 0; i < Steps; i++)
        {
            var at = now - (Steps - i) * Step;
            foreach (var (number, plant) in Plants.Index())
            {
                Line(lines, at, $"reading,plant={plant},device=gas,point=nox",
                    $"value={40 + i % 7 + number},quality=192");
                Line(lines, at, $"reading,plant={plant},device=flow,point=flow",
                    $"value={300_000 + i},quality=192");
                Measured(lines, at, plant, number, i);
            }

            Quota(lines, at, "member-a", used: i * 1.4, forecast: 130);
            Quota(lines, at, "member-b", used: i * 0.6, forecast: 60);
            Quota(lines, at, "_bubble", used: i * 1.0, forecast: 95);
        }

        Events(lines, now - TimeSpan.FromMinutes(5));
        await influx.Write(database, lines.ToString());
    }

    private static void Measured(
        StringBuilder lines, DateTimeOffset at, string plant, int number, int i)
    {
        var (source, member) = ($"stack-{number + 1}", $"member-{"ab"[number]}");
        var tags = $"plant={plant},source={source},member={member},zone=town";
        foreach (var (quantity, value) in new[] { ("nox", 41.0), ("o2", 14.5), ("nox-std", 52.0) })
        {
            Line(lines, at, $"average,{tags},pollutant={quantity}",
                $"value={Number(value + i % 5)},coverage=95");
        }

        Line(lines, at, $"fact,{tags},pollutant=nox", $"mass_mg={45_000 + 100 * i}");
    }

    private static void Quota(
        StringBuilder lines, DateTimeOffset at, string member, double used, double forecast) =>
        Line(lines, at, $"quota,bubble=demo,member={member},pollutant=nox",
            $"used_t={Number(used / 20_000)},holding_t=0.005,used_percent={Number(used)},"
            + $"forecast_t={Number(forecast / 20_000)},forecast_percent={Number(forecast)}");

    private static void Events(StringBuilder lines, DateTimeOffset at)
    {
        Line(lines, at, "alert,bubble=demo,member=member-a,level=forecast-80",
            "state=1,ratio_percent=83.5,text=\"member-a is expected to use 83.5 %\"");
        Line(lines, at + Step, "alert,bubble=demo,member=member-a,level=forecast-80",
            "state=0,ratio_percent=74,text=\"member-a is back below 75 %\"");
        Line(lines, at + Step, "fund,account=member-a,currency=EUR",
            "balance=-120.5,amount=-120.5,period=\"2026-11-24T03:00:00Z\"");
        Line(lines, at + Step, "fund,account=town,currency=EUR",
            "balance=120.5,amount=120.5,period=\"2026-11-24T03:00:00Z\"");
    }

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static void Line(
        StringBuilder lines, DateTimeOffset at, string series, string fields) =>
        lines.Append(series).Append(' ').Append(fields).Append(' ')
            .Append(at.ToUnixTimeMilliseconds()).Append('\n');
}
