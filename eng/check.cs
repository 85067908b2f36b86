#:package YamlDotNet
#:property PublishAot=false
// Checks a run of the demo from the outside: `dotnet run eng/check.cs -- watch|verify OPTIONS`.
// It knows the simulators' logs of what they served, the hub's HTTP API, and the YAML of contract,
// profile and cluster; it uses no code of the hub, and holds no expected number.
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using YamlDotNet.Serialization;

var named = args.Skip(1).Chunk(2).ToLookup(pair => pair[0], pair => pair[1]);
var rules = Rules.Read(
    named["--contract"].Single(), named["--profile"].Single(), named["--cluster"].Single());
using var http = new HttpClient { BaseAddress = new Uri(named["--hub"].Single()) };
var hub = new HubApi(http);
return args[0] == "watch"
    ? await Watch.RunAsync(hub, rules)
    : await Verify.RunAsync(
        hub, rules, named["--served"].Select(one => one.Split('=', 2)),
        named["--influx"].Select(url => new Uri(url)).SingleOrDefault(),
        named["--trace"].Single());

/// <summary>The numbers of contract, profile and cluster that the arithmetic needs.</summary>
internal sealed record Rules(
    string Bubble, long CapGrams, IReadOnlyList<(string Member, long Grams)> Holdings,
    decimal ChargePerKg, int CurrencyDecimals, long PeriodMs, long WindowMs, decimal CoverageMin,
    decimal T0, decimal P0, int Decimals, IReadOnlyList<Source> Sources)
{
    public static Rules Read(string contractFile, string profileFile, string clusterFile)
    {
        var contract = Yaml(contractFile);
        var profile = Yaml(profileFile);
        var bubble = (Dictionary<object, object>)contract["bubble"];
        var reference = (Dictionary<object, object>)profile["reference"];
        var grams = bubble["mass_unit"] switch
        {
            "g" => 1L,
            "kg" => 1_000L,
            _ => 1_000_000L,
        };
        return new Rules(
            (string)bubble["id"],
            (long)(Number(bubble["cap"]) * grams),
            [.. Items(bubble["holdings"]).Select(one =>
                ((string)one["member"], (long)(Number(one["mass"]) * grams)))],
            Number(((Dictionary<object, object>)contract["charge"])["rate_per_kg"]),
            (int)Number(((Dictionary<object, object>)contract["currency"])["decimals"]),
            Milliseconds(bubble["period"]),
            Milliseconds(profile["window"]),
            Number(profile["coverage_min"]),
            Number(reference["temperature_k"]),
            Number(reference["pressure_kpa"]),
            (int)Number(profile["average_decimals"]),
            [.. Items(Yaml(clusterFile)["sources"]).Select(one => new Source(
                (string)one["id"], (string)one["plant"], (string)one["member"],
                Milliseconds(one["cycle"])))]);
    }

    private static Dictionary<string, object> Yaml(string file) =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(
            File.ReadAllText(file));

    private static IEnumerable<Dictionary<object, object>> Items(object list) =>
        ((List<object>)list).Cast<Dictionary<object, object>>();

    private static decimal Number(object text) =>
        decimal.Parse((string)text, CultureInfo.InvariantCulture);

    private static long Milliseconds(object text)
    {
        var parts = ((string)text).Split(' ');
        return long.Parse(parts[0], CultureInfo.InvariantCulture)
            * (parts[1] == "ms" ? 1 : parts[1] == "s" ? 1_000 : 60_000);
    }
}

internal sealed record Source(string Id, string Plant, string Member, long CycleMs);

/// <summary>An image: what one device said at one instant.</summary>
internal sealed record Image(
    string Plant, string Device, long Sequence, long TimeMs,
    IReadOnlyDictionary<string, double> Values)
{
    /// <summary>False where the instrument gave no answer, so there was nothing served.</summary>
    public bool IsAnswer => Sequence >= 0;

    public override string ToString() => $"{Plant}/{Device} number {Sequence}";
}

/// <summary>The hub as anybody sees it.</summary>
internal sealed class HubApi(HttpClient http)
{
    public Task<JsonElement> Get(string path) =>
        http.GetFromJsonAsync<JsonElement>($"api/v1/{path}");

    public Task<string> Text(string path) => http.GetStringAsync($"api/v1/{path}");

    public async Task<List<JsonElement>> All(string path)
    {
        var items = new List<JsonElement>();
        var cursor = "";
        do
        {
            var page = await Get($"{path}?limit=1000{cursor}");
            items.AddRange(page.GetProperty("items").EnumerateArray());
            var next = page.GetProperty("next_cursor");
            cursor = next.ValueKind == JsonValueKind.Null ? "" : $"&cursor={next.GetString()}";
        }
        while (cursor.Length > 0);
        return items;
    }
}

/// <summary>Waits for the first entry in the fund, and says meanwhile how far it is.</summary>
internal static class Watch
{
    public static async Task<int> RunAsync(HubApi hub, Rules rules)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        var mostly = TimeSpan.FromMilliseconds(rules.PeriodMs * 2.5);
        while (time.GetElapsedTime(start) < mostly)
        {
            var entries = await hub.All("fund/entries");
            if (entries.Count > 0)
            {
                Console.WriteLine();
                return 0;
            }

            var bubble = await hub.Get($"bubbles/{rules.Bubble}");
            Console.WriteLine(
                $"  {time.GetElapsedTime(start).TotalSeconds,4:F0} s  {Progress(bubble)}");
            await Task.Delay(TimeSpan.FromSeconds(5), time);
        }

        Console.Error.WriteLine($"No entry in the fund within {mostly.TotalSeconds} s.");
        return 1;
    }

    private static string Progress(JsonElement bubble)
    {
        var balance = bubble.GetProperty("bubble");
        var used = balance.GetProperty("used_mg");
        return used.ValueKind == JsonValueKind.Null
            ? "no window of this period is closed yet"
            : $"period {bubble.GetProperty("period").GetProperty("start").GetString()}: "
                + $"{used.GetInt64() / 1_000} g of "
                + $"{balance.GetProperty("holding_mg").GetInt64() / 1_000} g";
    }
}

/// <summary>Holds what the hub stored and charged against what the simulators served.</summary>
internal static class Verify
{
    private static readonly List<string> Differences = [];

    /// <param name="logs">Plant and file of each simulator's log.</param>
    /// <param name="influx">Null: no database to compare with.</param>
    public static async Task<int> RunAsync(
        HubApi hub, Rules rules, IEnumerable<string[]> logs, Uri? influx, string traceFile)
    {
        var served = logs.SelectMany(log => Served(log[0], log[1])).ToList();
        var stored = await StoredWhenAllThere(hub, served.Count);
        Compare(served, stored);
        await CompareAccounts(hub, served, stored);
        var entry = (await hub.All("fund/entries"))[0];
        var charge = await CompareCharge(hub, rules, entry, served, stored);
        if (influx is not null)
        {
            await CompareInflux(influx, stored);
        }

        await PrintTrace(hub, charge, traceFile);
        foreach (var difference in Differences)
        {
            Console.Error.WriteLine($"DIFFERS: {difference}");
        }

        Console.WriteLine(Differences.Count == 0
            ? "Check passed: every number agrees."
            : $"Check failed: {Differences.Count} differences.");
        return Differences.Count == 0 ? 0 : 1;
    }

    private static IEnumerable<Image> Served(string plant, string file)
    {
        foreach (var line in File.ReadLines(file))
        {
            var json = JsonDocument.Parse(line).RootElement;
            yield return new Image(
                plant,
                json.GetProperty("device").GetString()!,
                json.GetProperty("sequence").GetInt64(),
                json.GetProperty("utc_ms").GetInt64(),
                json.GetProperty("values").EnumerateObject()
                    .ToDictionary(value => value.Name, value => value.Value.GetDouble()));
        }
    }

    // The agents have stopped; the hub may still be storing their last records.
    private static async Task<List<Image>> StoredWhenAllThere(HubApi hub, int count)
    {
        List<Image> stored = [];
        for (var tries = 0; tries < 20 && stored.Count(image => image.IsAnswer) < count; tries++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(tries == 0 ? 1 : 500), TimeProvider.System);
            stored = Stored(await hub.All("readings"));
        }

        return stored;
    }

    private static List<Image> Stored(IEnumerable<JsonElement> readings)
    {
        var images =
            new Dictionary<string, (JsonElement First, Dictionary<string, double> Values)>();
        foreach (var reading in readings)
        {
            var record = reading.GetProperty("record");
            var key = $"{record.GetProperty("gateway")} {record.GetProperty("epoch")} "
                + $"{record.GetProperty("offset")}";
            if (!images.TryGetValue(key, out var image))
            {
                images[key] = image = (reading, []);
            }

            if (reading.GetProperty("value").ValueKind == JsonValueKind.Number)
            {
                image.Values[reading.GetProperty("point").GetString()!] =
                    reading.GetProperty("value").GetDouble();
            }
        }

        return
        [
            .. images.Values.Select(image => new Image(
                image.First.GetProperty("plant").GetString()!,
                image.First.GetProperty("device").GetString()!,
                (long)image.Values.GetValueOrDefault("sequence", -1),
                Instant(image.First.GetProperty("time").GetString()!),
                image.Values)),
        ];
    }

    private static void Compare(List<Image> served, List<Image> stored)
    {
        var byKey = stored.ToLookup(image => (image.Plant, image.Device, image.Sequence));
        foreach (var image in served)
        {
            var found = byKey[(image.Plant, image.Device, image.Sequence)].ToList();
            if (found.Count != 1)
            {
                Differences.Add($"{image} was served once and is stored {found.Count} times");
                continue;
            }

            foreach (var (point, value) in image.Values)
            {
                if (!found[0].Values.TryGetValue(point, out var kept)
                    || Math.Abs(kept - value) > 1e-9 * Math.Abs(value))
                {
                    Differences.Add($"{image}: {point} was {value} and is stored as {kept}");
                }
            }
        }

        var known = served.Select(image => (image.Plant, image.Device, image.Sequence)).ToHashSet();
        Differences.AddRange(stored
            .Where(image => image.IsAnswer
                && !known.Contains((image.Plant, image.Device, image.Sequence)))
            .Select(image => $"{image} is stored and was never served"));
    }

    private static async Task CompareAccounts(
        HubApi hub, List<Image> served, List<Image> stored)
    {
        Console.WriteLine("Images (one each second of each instrument) and readings:");
        Console.WriteLine(
            $"  {"instrument",-28}{"served",8}{"stored",8}{"in facts",10}{"excluded",10}"
                + $"{"open",7}");
        var readings = (Used: 0L, Excluded: 0L, Open: 0L);
        var accounting = await hub.Get("accounting");
        foreach (var device in accounting.GetProperty("devices").EnumerateArray())
        {
            var plant = device.GetProperty("plant").GetString();
            var name = device.GetProperty("device").GetString();
            var counts = (
                Stored: device.GetProperty("images_stored").GetInt64(),
                Used: device.GetProperty("images_used").GetInt64(),
                Excluded: device.GetProperty("images_excluded").EnumerateObject()
                    .Sum(rule => rule.Value.GetInt64()),
                Open: device.GetProperty("images_open").GetInt64());
            var servedHere = served.Count(image => image.Plant == plant && image.Device == name);
            var silent = stored.Count(image =>
                image.Plant == plant && image.Device == name && !image.IsAnswer);
            var rules = device.GetProperty("images_excluded").EnumerateObject()
                .Select(rule => $"{rule.Value.GetInt64()} {rule.Name}");
            Console.WriteLine(
                $"  {plant + "/" + name,-28}{servedHere,8}{counts.Stored,8}{counts.Used,10}"
                    + $"{counts.Excluded,10}{counts.Open,7}  {string.Join(", ", rules)}");
            if (counts.Stored != servedHere + silent
                || counts.Stored != counts.Used + counts.Excluded + counts.Open)
            {
                Differences.Add($"the images of {plant}/{name} do not add up");
            }

            var each = device.GetProperty("readings_per_image").GetInt64();
            readings = (
                readings.Used + (counts.Used * each), readings.Excluded + (counts.Excluded * each),
                readings.Open + (counts.Open * each));
        }

        Console.WriteLine(
            $"  readings behind facts {readings.Used}, excluded {readings.Excluded}, "
                + $"in open windows {readings.Open}; stored in all "
                + $"{stored.Sum(image => image.Values.Count)} (with status words and counters)");
        Console.WriteLine();
    }

    private static async Task<string> CompareCharge(
        HubApi hub, Rules rules, JsonElement entry, List<Image> served, List<Image> stored)
    {
        var periodId = entry.GetProperty("period_id").GetString()!;
        var startMs = Instant(periodId[(periodId.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        var expected = Arithmetic.Charges(rules, startMs, served, stored);
        var settlement = (await hub.All("settlements"))
            .First(one => one.GetProperty("period_id").GetString() == periodId);
        Console.WriteLine($"Charges of {periodId}, recomputed from what the simulators served:");
        foreach (var (member, grams, minor) in expected)
        {
            var booked = settlement.GetProperty("charges").EnumerateArray()
                .Where(charge => charge.GetProperty("member").GetString() == member)
                .Sum(charge => charge.GetProperty("amount_minor").GetInt64());
            Console.WriteLine(
                $"  {member,-12}emitted {grams,6} g  charge {minor,8}  booked {booked,8}  "
                    + "(minor units)");
            if (booked != minor)
            {
                Differences.Add($"{member} is charged {booked}; what was served makes it {minor}");
            }
        }

        var sum = entry.GetProperty("postings").EnumerateArray()
            .Sum(posting => posting.GetProperty("amount_minor").GetInt64());
        Console.WriteLine(
            $"Fund entry {entry.GetProperty("id").GetString()} (debits +, credits -):");
        foreach (var posting in entry.GetProperty("postings").EnumerateArray())
        {
            Console.WriteLine(
                $"  {posting.GetProperty("account").GetString(),-32}"
                    + $"{posting.GetProperty("amount_minor").GetInt64(),10}");
        }

        if (sum != 0)
        {
            Differences.Add($"the postings of the entry sum to {sum}, not 0");
        }

        Console.WriteLine();
        return entry.GetProperty("postings")[0].GetProperty("charge").GetString()!;
    }

    private static async Task CompareInflux(Uri influx, List<Image> stored)
    {
        using var http = new HttpClient { BaseAddress = influx };
        var expected = stored.Sum(image => image.Values.Count);
        var found = 0L;
        for (var tries = 0; tries < 20 && found < expected; tries++)
        {
            var answer = await http.GetFromJsonAsync<JsonElement>(
                "query?db=emissions&q=" + Uri.EscapeDataString("SELECT count(value) FROM reading"));
            if (answer.GetProperty("results")[0].TryGetProperty("series", out var series))
            {
                found = series[0].GetProperty("values")[0][1].GetInt64();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        }

        Console.WriteLine($"InfluxDB holds {found} readings of {expected} stored.");
        Console.WriteLine();
        if (found != expected)
        {
            Differences.Add($"InfluxDB holds {found} readings, the log {expected}");
        }
    }

    private static async Task PrintTrace(HubApi hub, string charge, string file)
    {
        const int LinesShown = 120;
        await File.WriteAllTextAsync(file, await hub.Text($"trace/{charge}?format=text"));
        var lines = File.ReadAllLines(file);
        Console.WriteLine($"How the charge {charge} came about:");
        foreach (var line in lines.Take(LinesShown))
        {
            Console.WriteLine($"  {line}");
        }

        Console.WriteLine($"  ... {lines.Length} lines in all, down to each reading: {file}");
        Console.WriteLine();
    }

    private static long Instant(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
}

/// <summary>The whole way from served images to charges once more, as plainly as can be.</summary>
internal static class Arithmetic
{
    public static IReadOnlyList<(string Member, long Grams, long Minor)> Charges(
        Rules rules, long startMs, List<Image> served, List<Image> stored)
    {
        // Values are those of the simulators; only the instant of reading is the gateway's.
        var times = stored.Where(image => image.IsAnswer).ToDictionary(
            image => (image.Plant, image.Device, image.Sequence), image => image.TimeMs);
        var images = served
            .Where(image => times.ContainsKey((image.Plant, image.Device, image.Sequence)))
            .Select(image => image with
            {
                TimeMs = times[(image.Plant, image.Device, image.Sequence)],
            })
            .ToList();
        var emitted = rules.Holdings.Select(holding => Rounded(
            rules.Sources.Where(source => source.Member == holding.Member)
                .Sum(source => Milligrams(rules, source, startMs, images)) / 1_000m)).ToList();
        var excess = Math.Max(0, emitted.Sum() - rules.CapGrams);
        var own = rules.Holdings
            .Select((holding, i) => Math.Max(0, emitted[i] - holding.Grams)).ToList();
        var apportioned = Shares(excess, own);
        var minorPerUnit = 1m;
        for (var i = 0; i < rules.CurrencyDecimals; i++)
        {
            minorPerUnit *= 10;
        }

        var total = Rounded(excess * rules.ChargePerKg * minorPerUnit / 1_000m);
        var minor = Shares(total, apportioned);
        return [.. rules.Holdings.Select((holding, i) => (holding.Member, emitted[i], minor[i]))];
    }

    private static decimal Milligrams(
        Rules rules, Source source, long startMs, List<Image> images)
    {
        var sum = 0m;
        for (var ms = startMs; ms < startMs + rules.PeriodMs; ms += rules.WindowMs)
        {
            var window = images
                .Where(image => image.Plant == source.Plant
                    && image.TimeMs >= ms && image.TimeMs < ms + rules.WindowMs
                    && image.Values.GetValueOrDefault("status") == 0)
                .OrderBy(image => image.TimeMs)
                .ToList();
            var gas = window.Where(image => image.Device == "gas-analyser").ToList();
            var flow = window.Where(image => image.Device == "flow-meter").ToList();
            var enough = rules.CoverageMin * (rules.WindowMs / source.CycleMs);
            if (gas.Count < enough || flow.Count < enough)
            {
                continue;
            }

            decimal Mean(List<Image> of, string point) =>
                Rounded((decimal)of.Average(image => image.Values[point]), rules.Decimals);
            var flowAtReference = Rounded(
                Mean(flow, "flow") * rules.T0 / (273.15m + Mean(flow, "t"))
                    * Mean(flow, "p") / rules.P0,
                rules.Decimals);
            sum += Rounded(Mean(gas, "nox") * flowAtReference * rules.WindowMs / 3_600_000m);
        }

        return sum;
    }

    /// <summary>Largest remainder, ties to the earlier.</summary>
    private static List<long> Shares(long total, List<long> weights)
    {
        var sum = weights.Sum();
        if (sum == 0)
        {
            return [.. weights.Select(_ => 0L)];
        }

        var exact = weights.Select(weight => (decimal)total * weight / sum).ToList();
        var shares = exact.Select(share => (long)decimal.Floor(share)).ToList();
        var left = total - shares.Sum();
        foreach (var i in Enumerable.Range(0, weights.Count)
            .OrderByDescending(i => exact[i] - shares[i]).ThenBy(i => i).Take((int)left))
        {
            shares[i]++;
        }

        return shares;
    }

    private static long Rounded(decimal value) => (long)Rounded(value, 0);

    private static decimal Rounded(decimal value, int decimals) =>
        Math.Round(value, decimals, MidpointRounding.AwayFromZero);
}
