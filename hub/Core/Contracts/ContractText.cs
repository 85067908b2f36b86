using System.Globalization;
using System.Text;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Contracts;

/// <summary>
/// Says in whole sentences what a contract holds its parties to. The Ukrainian text was not
/// reviewed by a lawyer, and says so.
/// </summary>
public static class ContractText
{
    private const long GramsPerTonne = 1_000_000;

    public static string Explain(Contract contract, Language language)
    {
        var text = new StringBuilder();
        var say = new Speaker(contract, language);
        foreach (var paragraph in (string[])
        [
            Heading(say), Members(say), Cap(say), Time(say), .. Gates(say), Breach(say),
            .. InKind(say), Money(say), .. Refund(say), Bank(say), Trade(say), Dates(say),
            Late(say), Rounding(say), Correction(say), Fund(say),
            .. ZoneKeyText.Of(say.Contract, say.Language), Law(say),
            .. Unverified(say),
        ])
        {
            text.Append(paragraph).Append("\n\n");
        }

        return text.ToString().TrimEnd() + "\n";
    }

    /// <summary>In the largest unit in which it is a whole number.</summary>
    public static string Mass(long grams, Language language = Language.English)
    {
        var isUkrainian = language == Language.Ukrainian;
        var (value, unit) = grams % 1_000 != 0 ? (grams, isUkrainian ? "г" : "g")
            : grams % GramsPerTonne != 0 ? (grams / 1_000, isUkrainian ? "кг" : "kg")
            : (grams / GramsPerTonne, isUkrainian ? "т" : "t");
        return value.ToString(CultureInfo.InvariantCulture) + " " + unit;
    }

    /// <summary>One sentence in the language of the reader.</summary>
    private sealed record Speaker(Contract Contract, Language Language)
    {
        public string Of(string english, string ukrainian) =>
            Language == Language.Ukrainian ? ukrainian : english;

        public string Mass(long grams) => ContractText.Mass(grams, Language);

        public string PerUnit(long micrograms) =>
            (micrograms / 1_000_000_000m).ToString("0.#########", CultureInfo.InvariantCulture)
                + Of(" kg", " кг");

        public static string Times(long thousandths) =>
            (thousandths / 1_000m).ToString("0.###", CultureInfo.InvariantCulture);

        public string Days(int days) => Of(
            days == 1 ? "1 day" : $"{days} days",
            (days % 10, days % 100) switch
            {
                (1, not 11) => $"{days} день",
                (2 or 3 or 4, not (12 or 13 or 14)) => $"{days} дні",
                _ => $"{days} днів",
            });
    }

    private static string Heading(Speaker say)
    {
        var contract = say.Contract;
        var start = TimeZoneInfo.ConvertTime(contract.InForce, contract.Bubble.Period.Zone)
            .ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);
        return say.Of(
            $"{contract.Title} ({contract.Id}, version {contract.Version}), in force from {start}. "
                + "A version never changes; another one begins with a period.",
            $"{contract.Title} ({contract.Id}, версія {contract.Version}), чинний з {start}. "
                + "Версія ніколи не змінюється; нова починається з нового періоду.\n"
                + "Цей текст не перевіряв юрист; чинним є сам договір.");
    }

    private static string Members(Speaker say)
    {
        var parties = say.Contract.Parties;
        string Names(string role) =>
            string.Join(", ", parties.Where(party => party.Role == role).Select(it => it.Member));
        var dependent = Names("dependent");
        return say.Of(
            $"Its active core are {Names("core")}"
                + (dependent.Length > 0 ? $"; dependent members are {dependent}." : "."),
            $"Активне ядро: {Names("core")}"
                + (dependent.Length > 0 ? $"; залежні учасники: {dependent}." : "."));
    }

    private static string Cap(Speaker say)
    {
        var bubble = say.Contract.Bubble;
        var what = bubble.Weights.Length > 1
            ? string.Join(" + ", bubble.Weights.Select(weight =>
                $"{(weight.Millionths / 1_000_000m).ToString(CultureInfo.InvariantCulture)} x "
                + weight.Pollutant))
            : bubble.Pollutant;
        if (!bubble.Benchmarks.IsEmpty)
        {
            return say.Of(
                $"The bubble is about {what}. Each member may emit its limit for each unit of its "
                    + "activity" + (bubble.Measure == Measure.Credits
                        ? "; what it stays below is a credit, what it exceeds is a debit."
                        : ", and all together the sum of that."),
                $"Міхур охоплює {what}. Кожен учасник може викидати свій ліміт на одиницю "
                    + "діяльності" + (bubble.Measure == Measure.Credits
                        ? "; недовикористане — кредит, перевищене — дебет."
                        : ", а всі разом — їхню суму."))
                + Limits(say);
        }

        var holdings = string.Join(
            ", ", bubble.Holdings.Select(it => $"{it.Member} {say.Mass(it.Grams)}"));
        var path = string.Join(
            ", ", bubble.CapPath.Select(it => $"{it.Year}: {say.Mass(it.Grams)}"));
        var falls = path.Length == 0 ? "" : say.Of(
            $" The cap follows a path ({path}"
                + (bubble.IsCapLinear ? ", in straight lines between" : "")
                + "), and holdings follow it in proportion.",
            $" Межа змінюється за роками ({path}"
                + (bubble.IsCapLinear ? ", між ними рівномірно" : "")
                + "), а частки — пропорційно до неї.");
        return say.Of(
            $"All members together may emit {say.Mass(bubble.CapGrams)} of {what} in a period: "
                + $"that is the bubble. Each has a part of it: {holdings}." + falls,
            $"Усі учасники разом можуть викинути {say.Mass(bubble.CapGrams)} {what} за період: "
                + $"це міхур. Кожен має свою частку: {holdings}." + falls);
    }

    private static string Limits(Speaker say)
    {
        var contract = say.Contract;
        var limits = string.Join(", ", contract.Bubble.Benchmarks.Select(it =>
            $"{it.Member} {say.PerUnit(it.Micrograms)}"
                + (it.OwnMicrograms == it.Micrograms ? "" : say.Of(
                    $" (its own limit is {say.PerUnit(it.OwnMicrograms)})",
                    $" (власний ліміт — {say.PerUnit(it.OwnMicrograms)})"))));
        var kept = 100 - contract.Breach.CreditDiscountPercent;
        return say.Of(
                $" For each unit: {limits}. Members report what they made; until all have, a "
                    + "period is not settled.",
                $" На одиницю: {limits}. Учасники повідомляють обсяг діяльності; поки не "
                    + "повідомили всі, період не розраховують.")
            + (contract.Bubble.Measure != Measure.Credits || kept == 100 ? "" : say.Of(
                $" Of a credit {kept} % count.", $" Кредит враховується на {kept} %."))
            + (!contract.Data.IsCreditOnlyIfComplete ? "" : say.Of(
                " Who has gaps in the data of a period has no credit in it.",
                " Хто має прогалини в даних за період, не має в ньому кредиту."));
    }

    private static string Time(Speaker say)
    {
        var period = say.Contract.Bubble.Period;
        var length = period.Kind switch
        {
            PeriodKind.Month => say.Of("A period is a calendar month", "Період — місяць"),
            PeriodKind.Quarter => say.Of("A period is a calendar quarter", "Період — квартал"),
            PeriodKind.Year => say.Of("A period is a calendar year", "Період — рік"),
            _ => say.Of($"A period lasts {period.Text}", $"Період триває {period.Text}"),
        };
        var season = period.Season is not { } days ? "" : say.Of(
            $" Only what is emitted from {Day(days.From)} to {Day(days.To)} counts.",
            $" Враховуються лише викиди з {Day(days.From)} до {Day(days.To)}.");
        return length + say.Of($" ({period.Zone.Id}).", $" ({period.Zone.Id}).") + season;
    }

    private static string Day(DayOfYear day) =>
        string.Create(CultureInfo.InvariantCulture, $"{day.Day:00}.{day.Month:00}.");

    private static IEnumerable<string> Gates(Speaker say) =>
        say.Contract.Bubble.Gates.Select(gate =>
        {
            var month = gate.Months == 1;
            return gate.Test == GateTest.Credits
                ? say.Of(
                    $"At the end of each {(month ? "month" : "quarter")} its debits may be at most "
                        + $"{gate.SlackPercent} % of its credits.",
                    $"Наприкінці кожного {(month ? "місяця" : "кварталу")} дебет може становити "
                        + $"не більше {gate.SlackPercent} % кредиту.")
                : say.Of(
                    $"At the end of each {(month ? "month" : "quarter")} what a member emitted "
                        + "since the period began is tested against "
                        + $"{gate.SlackPercent} % of its holding.",
                    $"Наприкінці кожного {(month ? "місяця" : "кварталу")} викиди учасника від "
                        + $"початку періоду порівнюють із {gate.SlackPercent} % його частки.");
        });

    private static string Breach(Speaker say)
    {
        var breach = say.Contract.Breach;
        var who = breach.Apportion switch
        {
            Apportionment.OwnLevel => say.Of(
                "then each answers for all that it is above its own level",
                "тоді кожен відповідає за все, що понад його власний рівень"),
            Apportionment.ProRata => say.Of(
                "then all share the excess by what they emitted",
                "тоді всі ділять перевищення пропорційно до викидів"),
            _ => say.Of(
                "then those above their own holding share the excess of the bubble in proportion "
                    + "to theirs, and nobody else pays",
                "тоді перевищення міхура ділять ті, хто перевищив свою частку, пропорційно до "
                    + "власного перевищення, і більше ніхто не платить"),
        };
        var variability = breach.VariabilityPercent == 0 ? "" : say.Of(
            $" The sum and the levels may vary by {breach.VariabilityPercent} %.",
            $" Сума й рівні можуть коливатися на {breach.VariabilityPercent} %.");
        return breach.Trigger switch
        {
            Trigger.Member => say.Of(
                "Each member that emits more than it holds answers for the difference, whatever "
                    + "the others do.",
                "Кожен учасник, що викинув більше, ніж має, відповідає за різницю незалежно від "
                    + "інших."),
            Trigger.Both => say.Of(
                "Each member answers for what it emits above what it holds; and where the sum is "
                    + $"above the cap, {who}.",
                "Кожен учасник відповідає за викиди понад те, що має; а якщо сума понад межу, "
                    + $"{who}."),
            Trigger.TwoRoute => say.Of(
                "Nobody answers while the sum is within the cap, or while each keeps its own "
                    + $"limit. Otherwise, {who}.",
                "Ніхто не відповідає, поки сума в межах міхура або кожен дотримується власного "
                    + $"ліміту. Інакше {who}."),
            _ => say.Of(
                $"Nobody answers while the sum is within the bubble. Once it is above, {who}.",
                $"Ніхто не відповідає, поки сума в межах міхура. Якщо вона більша, {who}."),
        } + variability;
    }

    private static IEnumerable<string> InKind(Speaker say)
    {
        if (say.Contract.MakeGood is { } rule)
        {
            var times = Speaker.Times(rule.RatioThousandths);
            yield return say.Of(
                $"For each tonne answered for, {times} t are handed over out of the next holding; "
                    + "money never replaces that."
                    + (rule.WithinDays > 0
                        ? $" They are due {say.Days(rule.WithinDays)} after the period; what is "
                            + "not there then is late."
                        : ""),
                $"За кожну тонну, за яку хтось відповідає, з наступної частки передається "
                    + $"{times} т; гроші цього не замінюють."
                    + (rule.WithinDays > 0
                        ? $" Строк після кінця періоду: {say.Days(rule.WithinDays)}; чого тоді "
                            + "немає, те прострочено."
                        : ""));
        }
    }

    private static string Money(Speaker say)
    {
        var contract = say.Contract;
        var charge = contract.Charge;
        if (charge.RateMinorUnits == 0)
        {
            return say.Of("There is no charge in money.", "Грошового нарахування немає.");
        }

        var unit = charge.PerGrams == 1_000 ? say.Of("kg", "кг") : say.Of("t", "т");
        var rate = contract.Currency.Show(charge.RateMinorUnits);
        var tiers = string.Join("; ", charge.Tiers.Select(tier =>
            (tier.Part == ChargedPart.Over
                ? say.Of("what is answered for", "те, за що відповідають")
                : say.Of("the rest of the emissions", "решта викидів"))
            + (tier.ToPercent is { } to
                ? say.Of($", up to {to} % of the holding", $", до {to} % частки")
                : "")
            + $" × {Speaker.Times(tier.TimesThousandths)}"));
        var index = charge.Index is not { } series ? "" : say.Of(
            $" The rate follows the series {series.Series} (base {series.BaseYear}).",
            $" Ставка змінюється за рядом {series.Series} (база {series.BaseYear}).");
        var places = charge.Factors.IsEmpty ? "" : say.Of(
            " By place: ", " За місцем: ") + string.Join(
                ", ", charge.Factors.Select(it => $"{it.Member} x {Speaker.Times(it.Thousandths)}"))
            + ".";
        return say.Of(
            $"The base rate is {rate} for each {unit}: {tiers}.",
            $"Базова ставка — {rate} за {unit}: {tiers}.") + index + places;
    }

    private static IEnumerable<string> Refund(Speaker say)
    {
        if (say.Contract.Refund is { } refund)
        {
            yield return say.Of(
                (refund.AdminPercent == 0
                    ? "All of the revenue"
                    : $"The revenue less {refund.AdminPercent} %")
                    + $" goes back to the members by what they made, in {refund.Output}. They "
                    + "report it; until all have, a period is not settled.",
                (refund.AdminPercent == 0
                    ? "Усі надходження"
                    : $"Надходження за вирахуванням {refund.AdminPercent} %")
                    + $" повертаються учасникам за обсягом діяльності, у {refund.Output}. Вони "
                    + "його повідомляють; поки не повідомили всі, період не розраховують.");
        }
    }

    private static string Bank(Speaker say)
    {
        var bank = say.Contract.Bank;
        var kept = bank.Kind switch
        {
            BankKind.Free => say.Of(
                "What is left of a holding is kept for later.",
                "Невикористана частка переноситься на потім."),
            BankKind.FlowControl => say.Of(
                $"What is left is kept for later. While all that is kept is above "
                    + $"{bank.FreePercent} % of the cap, the part beyond covers less: "
                    + $"{Speaker.Times(bank.BeyondThousandths)} t for one.",
                "Невикористане переноситься на потім. Якщо всього перенесено понад "
                    + $"{bank.FreePercent} % межі, зайве покриває менше: "
                    + $"{Speaker.Times(bank.BeyondThousandths)} т за одну."),
            _ => say.Of(
                "What is left of a holding ends with the period.",
                "Невикористана частка згасає з кінцем періоду."),
        };
        return kept + (bank.BorrowPercent == 0 ? "" : say.Of(
            $" Up to {bank.BorrowPercent} % of the next holding may be used ahead.",
            $" Наперед можна використати до {bank.BorrowPercent} % наступної частки."));
    }

    private static string Trade(Speaker say)
    {
        var trade = say.Contract.Trade;
        if (!trade.IsAllowed)
        {
            return say.Of("Holdings cannot be sold.", "Частки не продаються.");
        }

        var ratio = trade.RatioThousandths == 1_000 ? "" : say.Of(
            $" {Speaker.Times(trade.RatioThousandths)} t given are 1 t received.",
            $" {Speaker.Times(trade.RatioThousandths)} т відданих — це 1 т отримана.");
        var denied = string.Concat(trade.Denied.Select(it => say.Of(
            $" Nothing is sold from zone {it.FromZone} to zone {it.ToZone}.",
            $" Із зони {it.FromZone} до зони {it.ToZone} не продають.")));
        var until = trade.WindowDays == 0
            ? say.Of("the end of the period", "до кінця періоду")
            : say.Of(
                $"{say.Days(trade.WindowDays)} after the period",
                $"після кінця періоду ще {say.Days(trade.WindowDays)}");
        var approval = trade.Approval switch
        {
            "none" => "",
            "all" => say.Of(
                " A sale counts when all members have agreed.",
                " Продаж чинний, коли погодилися всі учасники."),
            _ => say.Of(
                " A sale counts when the buyer has agreed.",
                " Продаж чинний, коли погодився покупець."),
        };
        return say.Of(
            $"Members may sell holdings to each other until {until}.",
            $"Учасники можуть продавати частки одне одному {until}.") + approval + ratio + denied;
    }

    private static string Dates(Speaker say)
    {
        var dates = say.Contract.Calendar;
        var isFree = say.Contract.Charge.RateMinorUnits == 0;
        return dates.Objections is { } time
            ? say.Of(
                "Members are told at the end of a period what it came to. For "
                    + $"{DocumentText.Format(time)} they may object; then it is final.",
                "Наприкінці періоду учасникам повідомляють його підсумок; заперечення — "
                    + $"{DocumentText.Format(time)}, потім підсумок остаточний.")
            : dates.FinalDays == 0
            ? say.Of(
                "A period is final as soon as all of it is known.",
                "Період стає остаточним, щойно все про нього відомо.")
            : say.Of(
                $"After the period: notice after {say.Days(dates.NoticeDays)}, "
                    + $"{say.Days(dates.ObjectionDays)} for objections, final after "
                    + $"{say.Days(dates.FinalDays)}, holdings due after "
                    + say.Days(dates.HoldDays)
                    + (isFree ? "." : $", payment after {say.Days(dates.PayDays)}."),
                $"Після періоду: повідомлення — {say.Days(dates.NoticeDays)}, заперечення — ще "
                    + $"{say.Days(dates.ObjectionDays)}, остаточно — {say.Days(dates.FinalDays)}, "
                    + $"передача часток — {say.Days(dates.HoldDays)}"
                    + (isFree ? "." : $", сплата — {say.Days(dates.PayDays)}."));
    }

    private static string Late(Speaker say)
    {
        var late = say.Contract.Late;
        var interest = late.InterestPercentPerYear.ToString("0.##", CultureInfo.InvariantCulture);
        string[] follows =
        [
            .. late.InterestPercentPerYear == 0 ? (string[])[] : [say.Of(
                $"owes {interest} % a year", $"винен {interest} % на рік")],
            .. late.IsPublished ? [say.Of("is named in public", "називається публічно")]
                : (string[])[],
            .. late.IsTradingSuspended ? [say.Of("may not sell", "не може продавати")]
                : (string[])[],
            .. late.PlanWithinDays == 0 ? (string[])[] : [say.Of(
                $"shows a plan within {say.Days(late.PlanWithinDays)}",
                $"подає план (строк: {say.Days(late.PlanWithinDays)})")],
        ];
        return follows.Length == 0
            ? say.Of("Nothing follows from being late.", "Запізнення не має наслідків.")
            : say.Of("Who is late ", "Хто запізнюється, ") + string.Join(", ", follows) + ".";
    }

    private static string Rounding(Speaker say)
    {
        var rounding = say.Contract.MassRounding;
        return say.Of(
            $"Masses are rounded to {say.Mass(rounding.UnitGrams)} at the "
                + $"{rounding.At.ToString().ToLowerInvariant()}, money to its smallest unit at the "
                + $"{say.Contract.MoneyRounding.At.ToString().ToLowerInvariant()}; what rounding "
                + "leaves goes to the largest remainders.",
            $"Маси округлюють до {say.Mass(rounding.UnitGrams)}, гроші — до найменшої одиниці; "
                + "залишок округлення дістається найбільшим остачам.");
    }

    private static string Correction(Speaker say) => say.Of(
        "A final period never changes. What is known better later is reversed and booked again in "
            + "the open period, under the name of the old one; a neighbour's correction may change "
            + "one's own charge, because what one leaves unused is shared. What was paid too much "
            + "counts against the next charges, and what was given up too much is one's own again.",
        "Остаточний період не змінюється. Уточнення сторнують і проводять наново у відкритому "
            + "періоді з назвою старого; уточнення сусіда може змінити й ваше нарахування, бо "
            + "невикористане ділиться між усіма. Переплата зараховується до наступних "
            + "нарахувань, а зайве передане повертається у власну частку.")
        + say.Of(
            $" That is done for: {string.Join(", ", say.Contract.Correction.Reasons)}.",
            " Підстави: " + string.Join(", ", say.Contract.Correction.Reasons.Select(reason =>
                reason switch
                {
                    "late-facts" => "пізніші дані", "audit" => "аудит",
                    "court" => "рішення суду", _ => "помилка",
                })) + ".");

    private static string Fund(Speaker say)
    {
        var fund = say.Contract.Fund;
        return say.Of(
            $"Of the fund's income {fund.LocalPercent} % is spent where the payer's "
                + (fund.ZoneKeys.IsEmpty ? "stacks stand" : "emissions come down")
                + $", {fund.ProgrammePercent} % on programmes, and {fund.ReservePercent} % is "
                + "kept.",
            $"Із надходжень банку екологічного розвитку {fund.LocalPercent} % витрачають там, "
                + (fund.ZoneKeys.IsEmpty
                    ? "де стоять джерела платника"
                    : "куди осідають викиди платника")
                + $", {fund.ProgrammePercent} % — на програми, "
                + $"{fund.ReservePercent} % — резерв.")
            + (fund.LocalMinPercent == 0 ? "" : say.Of(
                $" No charge gives less than {fund.LocalMinPercent} % to the zones.",
                $" Зонам належить щонайменше {fund.LocalMinPercent} % кожного нарахування."))
            + (fund.AdminMaxPercent == 100 ? "" : say.Of(
                $" The fund's own cost is at most {fund.AdminMaxPercent} % of its income.",
                $" Власні витрати — щонайбільше {fund.AdminMaxPercent} % надходжень."))
            + (fund.SelfMaxPercent == 0 ? "" : say.Of(
                $" A payment for a payer's own plant may be up to {fund.SelfMaxPercent} % its own "
                    + "charges.",
                $" На власне підприємство платника — щонайбільше {fund.SelfMaxPercent} % його "
                    + "коштів."))
            + (fund.ScoreMin == 0 ? "" : say.Of(
                $" A project needs a score of {fund.ScoreMin} of 100.",
                $" Проєкт потребує оцінки від {fund.ScoreMin} зі 100."));
    }

    private static string Law(Speaker say)
    {
        var percent = say.Contract.Law.AmendmentPercent;
        var unsigned = say.Contract.Law.MayBeUnsigned ? say.Of(
            " A hub runs it unsigned too.", " Діє і без підписів.") : "";
        var names = string.Join(", ", say.Contract.Law.Answerers.Select(key => key.Name));
        var answers = names.Length > 0 ? say.Of(
            $" Objections are answered under signature by {names}.",
            $" На заперечення відповідають за підписом: {names}.") : "";
        return say.Of(
            "The contract is private law. It lowers no duty and no limit of the law. A new version "
                + $"needs the signatures of {percent} % of the parties of this one.",
            "Договір є приватноправовим. Він не зменшує жодного обов'язку чи нормативу, "
                + $"встановленого законом. Нова версія потребує підписів {percent} % сторін.")
            + unsigned + answers;
    }

    private static IEnumerable<string> Unverified(Speaker say)
    {
        if (!say.Contract.Unverified.IsEmpty)
        {
            yield return say.Of("Unverified:", "Не перевірено (unverified):") + string.Concat(
                say.Contract.Unverified.Select(it => $"\n- {it.Clause}: {it.Why}"));
        }
    }
}
