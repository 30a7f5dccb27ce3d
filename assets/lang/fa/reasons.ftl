### Why something did not succeed: sentences for the codes of the core.

reason-refused = { $panel }: اتصال رد شد
reason-timeout = { $panel }: پاسخ به‌موقع نیامد
reason-dns = { $panel }: نام نشانی ندارد
reason-tls = { $panel }: گواهی نامعتبر است
reason-no-route = { $panel }: شبکه راهی به آن ندارد
reason-cut = { $panel }: اتصال قطع شد
reason-gateway = { $panel }: پروکسی به آن نرسید
reason-busy = { $panel }: می‌گوید بعداً بیایید
reason-unknown-subscription = { $panel }: این شناسهٔ اشتراک را نمی‌شناسد
reason-not-a-subscription = { $panel }: پاسخش اشتراک نیست
reason-wrong-password = { $panel }: نام کاربری و رمز یا توکن رد شد
reason-locked-out = { $panel }: رمز پیشین را نمی‌پذیرد
reason-too-large = { $panel }: پاسخ بیش از اندازه بزرگ است
reason-status = { $panel }: با خطا پاسخ داد
reason-panel-unusable = { $panel }: نشانی درستی در پایگاه ربات ندارد
reason-panel-left-out = { $panel }: محافظ کنارش گذاشت: لینک‌های زیادی از دست می‌رفت
reason-not-asked = { $panel }: تازه به این خرید پیوست: دوباره به‌روز کنید
reason-would-lose-links = لینک‌های زیادی از دست می‌رفت
reason-not-found = این خرید دیگر در پایگاه ربات نیست
reason-no-subscription-id = شناسهٔ اشتراک ندارد
reason-not-active = ربات خاموشش کرده
reason-no-panel = نه پنل دارد نه پروفایلی با پنل
reason-guard = محافظ کار را متوقف کرد
reason-cancelled = اپراتور لغو کرد
reason-internal = خطای هسته: گزارش آن را ببینید
