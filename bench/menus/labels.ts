/** What options of the trees lead to. `topic` goes behind "for", `action` behind "to", `caller` behind "if you are". */
export const topics = `
new customers
existing customers
sales
technical support
customer service
billing
accounts payable
accounts receivable
human resources
the service department
the parts department
the warehouse
shipping and receiving
order status
returns and exchanges
warranty claims
store hours
directions
hours and location
appointments
test results
the pharmacy
the billing department
medical records
physical therapy
surgery
the emergency room
patient information
home insurance
car insurance
life insurance
claims
mortgages
credit cards
savings accounts
lost or stolen cards
business banking
online banking
loans
tickets
group reservations
flight information
baggage claims
room reservations
the front desk
the restaurant
events and weddings
membership
donations
volunteering
the school office
attendance
admissions
financial aid
the library
athletics
building permits
property taxes
parking
garbage collection
water and sewer
road repairs
marriage licenses
power outages
gas leaks
internet service
television service
mobile phones
equipment rental
delivery
catering
gift cards
careers
media relations
investor relations
legal questions
the company directory
general information
all other questions
emergency service
heating and cooling
plumbing
roofing
landscaping
new construction
repairs
inspections
`
  .trim()
  .split('\n')

export const actions = `
make a payment
check your balance
place an order
track a package
cancel an order
change your address
schedule an appointment
cancel an appointment
refill a prescription
speak to a nurse
speak with a technician
report an outage
report a problem
open a new account
close an account
change your password
request a catalog
hear our hours
hear our address
leave feedback
make a reservation
change a reservation
file a complaint
file a claim
get a quote
renew your policy
find a store
activate your card
dispute a charge
order checks
apply for a job
verify employment
join our mailing list
speak with the manager
rent a truck
buy a gift card
`
  .trim()
  .split('\n')

export const callers = `
a doctor
a new patient
a supplier
a member
a student
a parent
calling from a pharmacy
calling about a bill
a contractor
a landlord
`
  .trim()
  .split('\n')

export const companies = `
Blue Lake Dental
Hudson Valley Bank
Parkside Hotel
Green Hill Hospital
Western Power and Light
Silver Creek School
The City of Fairmont
Lakeview Insurance
Central Air
Harper Furniture
Mountain View Motors
Coastal Airlines
Sunny Brook Farms
Union Credit
Pioneer Telephone
`
  .trim()
  .split('\n')
